package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"plexus/catalog"
	"plexus/pocket"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plexus": main})
}

// The scripts in testdata/script run the real command. They know one command
// more, "gguf FILE", which writes a tiny random model, and $BUSY, an address
// that is taken, of port $BUSYPORT, and $NETWORKS, a folder of tiny networks
// of the BERT family.
func TestScripts(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { busy.Close() }) // the scripts run in parallel, after this function
	networks, err := filepath.Abs("../../models/bert/testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NETWORKS", networks)
			e.Setenv("BUSY", busy.Addr().String())
			e.Setenv("BUSYPORT", strconv.Itoa(busy.Addr().(*net.TCPAddr).Port))
			e.Setenv("XDG_DATA_HOME", e.WorkDir+"/share")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"gguf": writeModel},
	})
}

func writeModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gguf FILE")
	}
	ts.Check(tinyModel(ts.MkAbs(args[0])))
}

// tinyModel writes a Llama of random weights.
func tinyModel(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := gguftest.Llama(f, gguftest.Spec{Type: gguf.Q4_0, Tokenizer: "gpt2", Pre: "llama-bpe"}); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// The catalog says of the pocket model what its file says.
func TestPocketContext(t *testing.T) {
	file, err := gguf.Parse(pocket.Chat())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, _ := file.Meta.Uint("llama.context_length")
	if m, _ := catalog.New().Find("@pocket/chat"); uint64(m.Context) != want {
		t.Errorf("the catalog says %d positions, the file %d", m.Context, want)
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]size{
		"0": 0, "512": 512, "1k": 1024, "8GiB": 8 << 30, "8 gib": 8 << 30, "1.5GB": 15e8, "2T": 2 << 40, "100b": 100,
	} {
		var got size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "1e300", "NaN", "inf", "8 apples", "0x10"} {
		var got size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestPrivate(t *testing.T) {
	for listen, ok := range map[string]bool{
		"127.0.0.1:8788": true, "localhost:0": true, "[::1]:8788": true,
		":8788": false, "0.0.0.0:8788": false, "[::]:8788": false, "192.168.1.2:8788": false,
		"example.com:80": false, "8788": false, "": false,
	} {
		if err := private(listen); (err == nil) != ok {
			t.Errorf("%q: %v", listen, err)
		}
	}
}
