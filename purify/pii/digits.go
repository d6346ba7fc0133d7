package pii

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// digitMachine tells in one look at each digit whether a number matches a pattern: a
// deterministic automaton, row by row of ten digits. State 0 is dead, 1 the first.
type digitMachine struct {
	next  []uint16
	final []bool
}

// maxDigitStates bounds the states of a machine; patterns of numbers have up to a few
// hundred.
const maxDigitStates = 1 << 14

// newDigitMachine compiles a regular expression over digits, which must match the whole
// number.
func newDigitMachine(pattern string) (*digitMachine, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	m := &digitMachine{next: make([]uint16, 10), final: []bool{false}}
	numbers := map[string]uint16{}
	var sets [][]uint32
	state := func(set []uint32) (uint16, error) {
		if len(set) == 0 {
			return 0, nil
		}
		slices.Sort(set)
		set = slices.Compact(set)
		key := fmt.Sprint(set)
		if n, ok := numbers[key]; ok {
			return n, nil
		}
		if len(m.final) == maxDigitStates {
			return 0, fmt.Errorf("more than %d states", maxDigitStates)
		}
		n := uint16(len(m.final))
		numbers[key], sets = n, append(sets, set)
		m.next = append(m.next, make([]uint16, 10)...)
		m.final = append(m.final, slices.ContainsFunc(set, func(pc uint32) bool { return prog.Inst[pc].Op == syntax.InstMatch }))
		return n, nil
	}
	if _, err := state(closure(prog, nil, uint32(prog.Start))); err != nil {
		return nil, err
	}
	for n := 1; n < len(m.final); n++ {
		for digit := range 10 {
			var to []uint32
			for _, pc := range sets[n-1] {
				if i := &prog.Inst[pc]; i.Op != syntax.InstMatch && i.MatchRune('0'+rune(digit)) {
					to = closure(prog, to, i.Out)
				}
			}
			if m.next[10*n+digit], err = state(to); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// closure appends the instructions that want a digit, or that match, which pc leads to
// without one.
func closure(prog *syntax.Prog, set []uint32, pc uint32) []uint32 {
	if slices.Contains(set, pc) {
		return set
	}
	switch i := &prog.Inst[pc]; i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return closure(prog, closure(prog, set, i.Out), i.Arg)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		return closure(prog, set, i.Out)
	case syntax.InstFail:
		return set
	}
	return append(set, pc)
}

// matches reports whether digits are a number of the pattern.
func (m *digitMachine) matches(digits []byte) bool {
	state := 1
	for _, c := range digits {
		if state = int(m.next[10*state+int(c-'0')]); state == 0 {
			return false
		}
	}
	return m.final[state]
}
