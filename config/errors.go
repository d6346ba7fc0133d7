package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// mistakesMax bounds how many mistakes of a file are told.
const mistakesMax = 20

// Mistakes are several errors of one configuration, all of them: what joins lists of them
// must not lose or count twice what one has cut.
type Mistakes []error

// Error tells 20 at most, each on a line of its own, and how many more there are.
func (m Mistakes) Error() string {
	var lines []string
	for _, err := range m[:min(len(m), mistakesMax)] {
		lines = append(lines, err.Error())
	}
	if more := len(m) - mistakesMax; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors.
func (m Mistakes) Unwrap() []error { return m }

// Together makes one error of those that are not nil, in the order of their places, each
// once: nil of none, and an error itself if it is alone.
func Together(errs ...error) error {
	list := flatten(nil, errs)
	slices.SortStableFunc(list, func(a, b error) int {
		x, y := placeOf(a), placeOf(b)
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	list = slices.CompactFunc(list, func(a, b error) bool { return a.Error() == b.Error() })
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

func flatten(list Mistakes, errs []error) Mistakes {
	for _, err := range errs {
		var several Mistakes
		switch {
		case err == nil:
		case errors.As(err, &several):
			list = append(list, several...)
		default:
			list = append(list, err)
		}
	}
	return list
}

// placeOf is where an error stands; one without a place stands before all.
func placeOf(err error) Error {
	var placed *Error
	if errors.As(err, &placed) {
		return *placed
	}
	return Error{}
}
