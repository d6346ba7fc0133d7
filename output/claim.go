package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Claim is what a run asks of a folder: to make the set of that name.
type Claim struct {
	Set string
	Maker
	// Columns are those of the parts that the run makes.
	Columns []Column
	// Replace takes over what is another's, and accepts terms that lose documents.
	Replace bool
	// Inside are folders below this one that have other tenants, such as the run folder
	// or the folder of another sink, each with a slash at its end.
	Inside []string
	// Adopt names parts that the run wrote there before folders had manifests. It is
	// asked only where the folder has files and no manifest; may be nil.
	Adopt func(context.Context) ([]stage.Part, error)
}

// ErrRefused is what every refusal of a folder is.
var ErrRefused = errors.New("the folder is not this run's to write")

// refusal says why, in the user's words.
type refusal struct{ msg string }

func (r *refusal) Error() string        { return r.msg }
func (r *refusal) Is(target error) bool { return target == ErrRefused }

// Verdict is what is known of a folder that a claim may have.
type Verdict struct {
	claim   Claim
	current *Manifest // of the set, nil if there is none
	adopted []stage.Part
	beside  []string // files of nobody that --replace leaves where they are
	damaged bool     // the manifest of the set is, and is made anew
}

// Replaces reports whether there is a set with parts that this one will replace.
func (v *Verdict) Replaces() bool {
	return v.current != nil && len(v.current.Parts) > 0 || len(v.adopted) > 0
}

// Beside names files that no run wrote and that stay in the folder, now that it was
// taken by Replace.
func (v *Verdict) Beside() []string { return v.beside }

// Check finds out whether the run may have the folder. It writes nothing; the error is
// [ErrRefused] where it may not.
func (c Claim) Check(ctx context.Context, folder store.Store) (*Verdict, error) {
	sets, err := Sets(ctx, folder)
	damaged := false
	if errors.Is(err, ErrDamaged) { // that of the set itself can be made anew, where all parts are the run's
		if _, own := Read(ctx, folder, c.Set); errors.Is(own, ErrDamaged) {
			damaged = true
			sets, err = setsBut(ctx, folder, File(c.Set))
		}
	}
	if err != nil {
		return nil, err
	}
	for _, m := range sets {
		if (m.Set == "") != (c.Set == "") {
			return nil, c.mixed(folder, m)
		}
	}
	v := &Verdict{claim: c, current: find(sets, c.Set), damaged: damaged}
	if v.current != nil && !c.Replace {
		if err := c.fits(folder, v.current); err != nil {
			return nil, err
		}
	}
	strange, err := c.strangers(ctx, folder, sets)
	if err != nil {
		return nil, err
	}
	if len(strange) > 0 && (len(sets) == 0 || damaged) && c.Adopt != nil {
		if v.adopted, err = c.Adopt(ctx); err != nil {
			return nil, err
		}
		known := (&Manifest{Parts: v.adopted}).files()
		there := slices.ContainsFunc(strange, func(f string) bool { return known[f] })
		strange = slices.DeleteFunc(strange, func(f string) bool { return known[f] })
		if !there {
			v.adopted = nil
		}
	}
	if len(strange) > 0 && !c.Replace && damaged {
		return nil, &refusal{fmt.Sprintf("%s/%s is damaged, and the folder holds %s: put the manifest back as it was, or make it anew with run --replace", folder, File(c.Set), listed(strange))}
	}
	if len(strange) > 0 && !c.Replace {
		return nil, &refusal{fmt.Sprintf("%s holds %s: name a folder that this run has to itself, or take it over with run --replace", folder, listed(strange))}
	}
	v.beside = slices.DeleteFunc(strange, written(c.Set))
	return v, nil
}

// mixed refuses to append to a folder of one run, or to take one to which runs append.
func (c Claim) mixed(folder store.Store, m *Manifest) error {
	if c.Set == "" {
		return &refusal{fmt.Sprintf("%s holds sets that runs appended, such as %q of pipeline %s: append to it too (append: NAME), or name another folder", folder, m.Set, m.Owner().Pipeline)}
	}
	return &refusal{fmt.Sprintf("%s holds the parts of a run that does not append (pipeline %s): a folder to append to must be one from its first set on; name another", folder, m.Owner().Pipeline)}
}

// fits checks that the set is the claim's to write without being asked.
func (c Claim) fits(folder store.Store, m *Manifest) error {
	const replace = "to replace them run again with --replace"
	what := folder.String()
	if m.Set != "" {
		what += fmt.Sprintf(", set %q,", m.Set)
	}
	owner := m.Owner()
	switch {
	case owner.Run != c.Run && m.Next != nil:
		return &refusal{fmt.Sprintf("%s is taken by another run (%s of pipeline %s), which is not finished: name another folder, or take it over with run --replace", what, owner.Run, owner.Pipeline)}
	case owner.Run != c.Run:
		return &refusal{fmt.Sprintf("%s holds the parts of another run (%s of pipeline %s): name another folder; %s", what, owner.Run, owner.Pipeline, replace)}
	case len(m.Parts) == 0:
		return nil
	case c.Pipeline != owner.Pipeline && c.Pipeline != m.Pipeline:
		return &refusal{fmt.Sprintf("%s holds the parts of pipeline %s, this is %s: name another folder and another --run; %s", what, m.Pipeline, c.Pipeline, replace)}
	case c.Limit > 0 && c.Limit != owner.Limit && c.Limit != m.Limit:
		return &refusal{fmt.Sprintf("%s holds the parts of %s, with --limit %d there would be less: name another folder and another --run; %s", what, m.extent(), c.Limit, replace)}
	case c.Sample > 0 && c.Sample != owner.Sample && c.Sample != m.Sample:
		return &refusal{fmt.Sprintf("%s holds the parts of %s, with --sample %g there would be others: name another folder and another --run; %s", what, m.extent(), c.Sample, replace)}
	}
	return nil
}

// extent says of how much of its input a set is made.
func (m *Maker) extent() string {
	switch {
	case m.Limit > 0 && m.Sample > 0:
		return fmt.Sprintf("a run with --limit %d --sample %g", m.Limit, m.Sample)
	case m.Limit > 0:
		return fmt.Sprintf("a run with --limit %d", m.Limit)
	case m.Sample > 0:
		return fmt.Sprintf("a run with --sample %g", m.Sample)
	}
	return "a whole run"
}

// Take makes the folder the run's before it writes anything else there. A run that has
// it already changes nothing.
func (v *Verdict) Take(ctx context.Context, folder store.Store) error {
	c := v.claim
	if v.current != nil {
		m := *v.current
		if m.Owner() == c.Maker && len(v.beside) == 0 {
			return nil
		}
		m.Next = &c.Maker
		m.Beside = merged(m.Beside, v.beside)
		return m.put(ctx, folder)
	}
	m := &Manifest{Set: c.Set, Parts: v.adopted, Beside: v.beside, Next: &c.Maker}
	if len(v.adopted) > 0 {
		m.Maker, m.Documents = Maker{Run: c.Run, Pipeline: c.Pipeline}, rows(v.adopted)
	}
	if v.damaged {
		return m.put(ctx, folder)
	}
	b, err := m.encode()
	if err != nil {
		return err
	}
	created, err := folder.PutIfAbsent(ctx, File(c.Set), b)
	if err != nil || created {
		return err
	}
	again, err := c.Check(ctx, folder) // somebody was faster: another process of this run, or another run
	if err != nil || again.current == nil {
		return err
	}
	return again.Take(ctx, folder)
}

// Finish makes the parts the current set: the one put. The folder must still be the
// run's.
func (c Claim) Finish(ctx context.Context, folder store.Store, parts []stage.Part) error {
	m, err := Read(ctx, folder, c.Set)
	if absent(err) {
		m = &Manifest{Set: c.Set, Next: &c.Maker} // somebody removed it
	} else if err != nil {
		return err
	}
	if o := m.Owner(); o.Run != c.Run {
		return &refusal{fmt.Sprintf("%s was taken over by another run meanwhile (%s of pipeline %s)", folder, o.Run, o.Pipeline)}
	}
	old := m.raw
	m.Maker, m.Next, m.Columns, m.Parts, m.Documents = c.Maker, nil, c.Columns, parts, rows(parts)
	if b, err := m.encode(); err != nil || bytes.Equal(b, old) {
		return err
	}
	return m.put(ctx, folder)
}

// Sweep removes the files that runs left for the set and that no set in the folder has:
// those of the set before, and those of a run that was killed. It comes after
// [Claim.Finish].
func (c Claim) Sweep(ctx context.Context, folder store.Store, remove func(ctx context.Context, file string) error) error {
	sets, err := Sets(ctx, folder)
	if err != nil {
		return err
	}
	ours := written(c.Set)
	var stale []string
	for name, err := range visible(ctx, folder, sets, c.Inside) {
		if err != nil {
			return err
		}
		if ours(name) {
			stale = append(stale, name)
		}
	}
	for _, name := range stale {
		if err := remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// strangers are the files in a folder that belong to no set and that no run of a set
// can have left there.
func (c Claim) strangers(ctx context.Context, folder store.Store, sets []*Manifest) ([]string, error) {
	var ours []func(string) bool
	for _, m := range sets {
		ours = append(ours, written(m.Set))
	}
	var list []string
	for name, err := range visible(ctx, folder, sets, c.Inside) {
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(ours, func(f func(string) bool) bool { return f(name) }) {
			list = append(list, name)
		}
	}
	return list, nil
}

// Unnamed yields the files of a folder that readers of the folder see and that the
// manifest of no set names.
func Unnamed(ctx context.Context, folder store.Store) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		sets, err := Sets(ctx, folder)
		if err != nil {
			yield("", err)
			return
		}
		visible(ctx, folder, sets, nil)(yield)
	}
}

// visible yields the files of a folder that readers of the folder see and that no
// manifest names. Folders below it that have a manifest of their own are others' folders.
func visible(ctx context.Context, folder store.Store, sets []*Manifest, inside []string) iter.Seq2[string, error] {
	named := map[string]bool{}
	for _, m := range sets {
		for f := range m.files() {
			named[f] = true
		}
		for _, f := range m.Beside {
			named[f] = true
		}
	}
	return func(yield func(string, error) bool) {
		var names []string
		inside := slices.Clone(inside)
		for o, err := range folder.List(ctx, "") {
			if err != nil {
				yield("", err)
				return
			}
			dir, base := path.Split(o.Name)
			if dir != "" && strings.HasPrefix(base, filePrefix) && strings.HasSuffix(base, fileSuffix) {
				inside = append(inside, dir) // it has a manifest of its own
			}
			if !hidden(o.Name) && !named[o.Name] {
				names = append(names, o.Name)
			}
		}
		for _, name := range names {
			if slices.ContainsFunc(inside, func(dir string) bool { return strings.HasPrefix(name, dir) }) {
				continue
			}
			if !yield(name, nil) {
				return
			}
		}
	}
}

// listed names a few files.
func listed(names []string) string {
	const most = 3
	s := strings.Join(names[:min(most, len(names))], ", ")
	if n := len(names) - most; n > 0 {
		s += fmt.Sprintf(" and %d more files", n)
	}
	return s + ", which no run of this folder wrote"
}

func merged(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func rows(parts []stage.Part) (n int64) {
	for _, p := range parts {
		n += p.Rows
	}
	return n
}
