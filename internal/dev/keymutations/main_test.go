package main

import (
	"math/rand/v2"
	"testing"
)

func TestDamagedKeyFilesGiveNoPanicAndNoOtherKey(t *testing.T) {
	t.Parallel()
	files, known, err := readAll("../../../testdata/keys")
	if err != nil {
		t.Fatal(err)
	}
	var all tally
	random := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		all.try(random, files, known)
	}
	if all.read == 0 || all.read == all.loads {
		t.Errorf("%d of %d were read", all.read, all.loads)
	}
	for _, problem := range all.problems {
		t.Error(problem)
	}
}
