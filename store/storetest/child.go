package storetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// envChild makes the test binary a second process that does one thing.
const envChild = "CORPUSMILL_TEST_STORE_CHILD"

// Order is what a test tells a second process, which is its own binary.
type Order struct {
	Do       string // "race", "hang", or one that the package adds
	Location string
	Server   string // host:port, where the location needs one
	N        int
}

// Main runs the tests of a package or, in a process that [Child] made, what a test
// ordered: on the store that open opens, one of ours or one of more. It exits.
func Main(m *testing.M, open func(context.Context, Order) (store.Store, error), more map[string]func(store.Store, int) error) {
	text := os.Getenv(envChild)
	if text == "" {
		os.Exit(m.Run())
	}
	if err := child(text, open, more); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(text string, open func(context.Context, Order) (store.Store, error), more map[string]func(store.Store, int) error) error {
	var order Order
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := open(ctx, order)
	if err != nil {
		return err
	}
	switch order.Do {
	case "race":
		return childRace(ctx, s, order.N)
	case "hang":
		return childHang(ctx, s, order.N)
	}
	do, ok := more[order.Do]
	if !ok {
		return fmt.Errorf("unknown order %s", order.Do)
	}
	return do(s, order.N)
}

// childRace waits for a byte before each name and answers with the names won.
func childRace(ctx context.Context, s store.Store, n int) error {
	for i := range n {
		if _, err := io.ReadFull(os.Stdin, make([]byte, 1)); err != nil {
			return err
		}
		name := fmt.Sprintf("race/%03d", i)
		created, err := s.PutIfAbsent(ctx, name, Bytes(1000, uint64(i)))
		if err != nil {
			return err
		}
		if created {
			fmt.Println(name)
		}
	}
	return nil
}

// childHang begins an object of n bytes and waits to be killed.
func childHang(ctx context.Context, s store.Store, n int) error {
	w, err := s.Create(ctx, "d/half")
	if err != nil {
		return err
	}
	if _, err := w.Write(Bytes(n, 1)); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.ReadAll(os.Stdin)
	return err
}

// Child is the test binary as a second process, not yet started. The package needs
// a TestMain that calls [Main].
func Child(t *testing.T, order Order) *exec.Cmd {
	t.Helper()
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

// Hang starts a child that holds d/half, an object of order.N bytes that it has
// written and not committed; kill ends it.
func Hang(t *testing.T, order Order) (pid int, kill func()) {
	t.Helper()
	order.Do = "hang"
	cmd := Child(t, order)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill() // may have ended
		_ = cmd.Wait()
		in.Close()
	}
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("child: %q, %v", line, err)
	}
	return cmd.Process.Pid, kill
}

// RaceTwo lets 16 goroutines here and a second process publish the same names in
// s, which order opens there; each name must have one winner of all.
func RaceTwo(t *testing.T, s store.Store, order Order) {
	t.Helper()
	order.Do, order.N = "race", 200
	cmd := Child(t, order)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ours := Race(t, s, order.N, func() {
		if _, err := in.Write([]byte{'\n'}); err != nil { // the child's sign to start on this name
			t.Error(err)
		}
	})
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	all := append(ours, strings.Fields(out.String())...)
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); len(all) != order.N || n != order.N {
		t.Errorf("%d names, %d wins, %d of them different", order.N, len(all), n)
	}
	t.Logf("won here %d, there %d", len(ours), order.N-len(ours))
}
