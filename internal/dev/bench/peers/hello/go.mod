module hello.example/hello

go 1.26.0
