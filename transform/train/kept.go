package main

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/corpusmill/corpusmill/transform"
)

// keptModel is a model of a fold on disk: rules are tried on it without learning again.
type keptModel struct {
	ClassWords, TextWords string
	Kinds                 []transform.Stage
	First, Second         transform.Stage
}

func (c config) modelPath(fold int) string {
	return filepath.Join(c.models, fmt.Sprintf("fold%d.gob", fold))
}

// kept reports that the models of all folds are there.
func (c config) kept() bool {
	if c.models == "" || c.out != "" || c.hold != "" {
		return false
	}
	for f := range min(c.folds, c.upto) {
		if _, err := os.Stat(c.modelPath(f)); err != nil {
			return false
		}
	}
	return c.folds > 1
}

// fitFold learns the model of a fold, or reads the one that was kept.
func fitFold(c config, docs []*doc, fold int) (*fitted, error) {
	if c.models == "" {
		return fit(c, docs)
	}
	path := c.modelPath(fold)
	f, err := os.Open(path)
	if err == nil {
		defer f.Close() //nolint:errcheck // read only
		var k keptModel
		if err := gob.NewDecoder(f).Decode(&k); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return &fitted{classWords: k.ClassWords, textWords: k.TextWords, kinds: k.Kinds, first: k.First, second: k.Second}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	m, err := fit(c, docs)
	if err != nil {
		return nil, err
	}
	w, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(w).Encode(keptModel{m.classWords, m.textWords, m.kinds, m.first, m.second}); err != nil {
		_ = w.Close()
		return nil, err
	}
	return m, w.Close()
}
