package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
)

func TestTogether(t *testing.T) {
	at := func(line, column int) error {
		return &config.Error{File: "p", Line: line, Column: column, Msg: "bad"}
	}
	if err := config.Together(nil, nil); err != nil {
		t.Error(err)
	}
	if one := at(1, 1); !errors.Is(config.Together(nil, one), one) {
		t.Error("one error is itself")
	}
	err := config.Together(at(3, 1), config.Together(at(2, 9), at(2, 1)), at(3, 1), errors.New("of the whole"))
	if want := "of the whole\np:2:1: bad\np:2:9: bad\np:3:1: bad"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for _, n := range []int{20, 21} {
		var errs []error
		for i := range n {
			errs = append(errs, at(i+1, 1))
		}
		got := strings.Count(config.Together(errs...).Error(), "\n") + 1
		if last := fmt.Sprint(config.Together(errs...)); got != n || strings.HasSuffix(last, "\nand 1 more") != (n > 20) {
			t.Errorf("%d errors: %d lines, %s", n, got, last)
		}
	}
	var inner []error
	for i := range 25 {
		inner = append(inner, at(i+1, 1))
	}
	nested := config.Together(config.Together(inner...), at(1, 2)).Error()
	if lines := strings.Split(nested, "\n"); len(lines) != 21 || lines[0] != "p:1:1: bad" || lines[20] != "and 6 more" {
		t.Errorf("cut twice: %s", nested)
	}
}
