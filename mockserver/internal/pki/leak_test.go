package pki_test

import (
	"os"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Run(m, os.Stderr)) }
