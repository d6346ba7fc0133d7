package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// envChild makes the test binary a second process that does one thing.
const envChild = "CORPUSMILL_TEST_STORE_CHILD"

// childOrder is what a test tells a second process.
type childOrder struct {
	Do       string
	Location string
	Options  store.Options
	Keys     [2]string // encoders leave the keys out of Options
	N        int
}

func TestMain(m *testing.M) {
	if order := os.Getenv(envChild); order != "" {
		if err := child(order); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(text string) error {
	var order childOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		return err
	}
	order.Options.AccessKey, order.Options.SecretKey = order.Keys[0], order.Keys[1]
	ctx := context.Background()
	s, err := store.Open(ctx, order.Location, order.Options)
	if err != nil {
		return err
	}
	switch order.Do {
	case "race": // wait for a byte before each name; answer with the names won
		for i := range order.N {
			if _, err := io.ReadFull(os.Stdin, make([]byte, 1)); err != nil {
				return err
			}
			name := fmt.Sprintf("race/%03d", i)
			created, err := s.PutIfAbsent(ctx, name, storetest.Bytes(1000, uint64(i)))
			if err != nil {
				return err
			}
			if created {
				fmt.Println(name)
			}
		}
		return nil
	case "hang": // begin an object and wait to be killed
		w, err := s.Create(ctx, "d/half")
		if err != nil {
			return err
		}
		if _, err := w.Write(storetest.Bytes(order.N, 1)); err != nil {
			return err
		}
		fmt.Println("ready")
		_, err = io.ReadAll(os.Stdin)
		return err
	case "fill":
		return childFill(s, order.N)
	case "modes":
		return childModes(s)
	}
	return fmt.Errorf("unknown order %s", order.Do)
}

// startChild runs this test binary as a second process.
func startChild(t *testing.T, order childOrder) *exec.Cmd {
	t.Helper()
	order.Keys = [2]string{order.Options.AccessKey, order.Options.SecretKey}
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), envChild+"="+string(text))
	return cmd
}
