# The mock as a container: docker build -t maskinporten-mock .
# A test builds what this file builds, by its own lines:
#   go test -run Image ./cmd/maskinporten-mock
# By digest, so that it is the same tomorrow; the tag is for people.
FROM --platform=$BUILDPLATFORM golang:1.26.8@sha256:3c3e25a4da13fd0478eed2df1eb35a0e667094a7124d3993a6a1d30f71c17e79 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w" -o /out/maskinporten-mock ./cmd/maskinporten-mock
# A volume that is mounted here can be written by the user below.
RUN mkdir -p /out/snapshots

FROM scratch
COPY --from=build /out/maskinporten-mock /maskinporten-mock
COPY --from=build --chown=65532:65532 /out/snapshots /snapshots
USER 65532:65532
EXPOSE 8080
# With TLS and without, whatever flags the container is started with: it asks both.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["/maskinporten-mock", "health"]
# Other machines reach a container, so the program would leave the control API off;
# here somebody has put the mock where only tests are. -control=off takes it away.
ENTRYPOINT ["/maskinporten-mock", "-listen=:8080", "-control"]
