package purify

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ClassRow is a document that a ClassModel is fitted on.
type ClassRow struct {
	// Numbers are the values by column, NaN where there is none; Words those of columns of
	// text, "" where there is none.
	Numbers []float64
	Words   []string
	// Wanted says that it is of the class that is wanted.
	Wanted bool
}

// ClassColumn is a column that a model is fitted on.
type ClassColumn struct {
	// Name is its name in the parts.
	Name string
	// Text says that it holds words.
	Text bool
}

// Limits and constants of the fit.
const (
	classRidge      = 1.0 // of the squared weights, as many documents of doubt
	classIterations = 50
	minWordRows     = 5
)

// TrainClassModel fits a logistic regression by Newton's method, both kinds of documents
// weighing alike. The same rows in the same order give the same model. It wants at least
// ten documents of each kind.
func TrainClassModel(columns []ClassColumn, rows []ClassRow) (*ClassModel, error) {
	wanted := 0
	for _, r := range rows {
		if r.Wanted {
			wanted++
		}
	}
	if others := len(rows) - wanted; wanted < 10 || others < 10 {
		return nil, fmt.Errorf("%d wanted documents and %d others: want at least 10 of each", wanted, others)
	}
	if len(columns) == 0 || len(columns) > maxSignals {
		return nil, fmt.Errorf("%d columns: want 1 to %d", len(columns), maxSignals)
	}
	f := &classFit{model: &ClassModel{Format: 1}, rows: rows}
	for i, c := range columns {
		f.feature(i, c)
		if c.Text && len(f.model.Features[i].Words) == 0 {
			return nil, fmt.Errorf("column %s: no word occurs %d times", c.Name, minWordRows)
		}
	}
	if f.size > 512 {
		return nil, fmt.Errorf("%d weights, too many words: want at most 512", f.size)
	}
	f.weights = make([]float64, f.size+1)
	side := [2]float64{float64(len(rows)) / 2 / float64(len(rows)-wanted), float64(len(rows)) / 2 / float64(wanted)}
	for range classIterations {
		moved, err := f.step(side)
		if err != nil {
			return nil, err
		}
		if moved < 1e-9 {
			break
		}
	}
	f.finish()
	return f.model, nil
}

// classFit is a fit under way: each feature has a weight for its number or one a word, and
// one for the missing value; the last weight is the bias.
type classFit struct {
	model   *ClassModel
	rows    []ClassRow
	at      []int // first weight of each feature
	size    int
	weights []float64
}

// feature finds mean and scale of a column, or its words.
func (f *classFit) feature(i int, c ClassColumn) {
	x := ClassFeature{Column: c.Name, Scale: 1}
	f.at = append(f.at, f.size)
	if c.Text {
		counts := map[string]int{}
		for _, r := range f.rows {
			if r.Words[i] != "" {
				counts[r.Words[i]]++
			}
		}
		for word, n := range counts {
			if n >= minWordRows {
				x.Words = append(x.Words, ClassWord{Word: word})
			}
		}
		slices.SortFunc(x.Words, func(a, b ClassWord) int { return compareStrings(a.Word, b.Word) })
		f.size += len(x.Words) + 1
		f.model.Features = append(f.model.Features, x)
		return
	}
	n, sum, squares := 0.0, 0.0, 0.0
	for _, r := range f.rows {
		if v := r.Numbers[i]; v == v {
			n++
			sum += v
		}
	}
	if n > 0 {
		x.Mean = sum / n
	}
	for _, r := range f.rows {
		if v := r.Numbers[i]; v == v {
			squares += (v - x.Mean) * (v - x.Mean)
		}
	}
	if sd := math.Sqrt(squares / max(n, 1)); sd > 0 {
		x.Scale = sd
	}
	f.size += 2
	f.model.Features = append(f.model.Features, x)
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// input is a weight that a row takes part in, and by how much.
type input struct {
	at int
	x  float64
}

func (f *classFit) inputs(dst []input, r ClassRow) []input {
	for i := range f.model.Features {
		x := &f.model.Features[i]
		at := f.at[i]
		if len(x.Words) > 0 || r.Numbers[i] != r.Numbers[i] {
			end := at + max(1, len(x.Words))
			n, ok := slices.BinarySearchFunc(x.Words, r.Words[i], func(w ClassWord, s string) int { return compareStrings(w.Word, s) })
			if len(x.Words) > 0 && ok && r.Words[i] != "" {
				dst = append(dst, input{at + n, 1})
			} else {
				dst = append(dst, input{end, 1})
			}
			continue
		}
		dst = append(dst, input{at, min(max((r.Numbers[i]-x.Mean)/x.Scale, -featureMax), featureMax)})
	}
	return append(dst, input{f.size, 1})
}

// step is one of Newton's, and returns the largest move of a weight.
func (f *classFit) step(side [2]float64) (float64, error) {
	n := f.size + 1
	gradient, hessian := make([]float64, n), make([][]float64, n)
	for i := range hessian {
		hessian[i] = make([]float64, n)
		if i < f.size { // the bias is free
			gradient[i] = classRidge * f.weights[i]
			hessian[i][i] = classRidge
		}
	}
	hessian[f.size][f.size] = 1e-6
	var in []input
	for _, r := range f.rows {
		in = f.inputs(in[:0], r)
		z := 0.0
		for _, x := range in {
			z += f.weights[x.at] * x.x
		}
		p, y, w := 1/(1+math.Exp(-z)), 0.0, side[0]
		if r.Wanted {
			y, w = 1, side[1]
		}
		for _, a := range in {
			gradient[a.at] += w * (p - y) * a.x
			for _, b := range in {
				hessian[a.at][b.at] += w * p * (1 - p) * a.x * b.x
			}
		}
	}
	move, err := solve(hessian, gradient)
	if err != nil {
		return 0, err
	}
	most := 0.0
	for i, m := range move {
		m = min(max(m, -4), 4) // a step of Newton's may go too far
		f.weights[i] -= m
		most = max(most, math.Abs(m))
	}
	return most, nil
}

// solve finds x of a x = b for a symmetric positive matrix, by Cholesky.
func solve(a [][]float64, b []float64) ([]float64, error) {
	n := len(b)
	for i := range n {
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= a[i][k] * a[j][k]
			}
			if i != j {
				a[i][j] = sum / a[j][j]
				continue
			}
			if !(sum > 0) {
				return nil, errors.New("the labels cannot be fitted: the columns say the same")
			}
			a[i][i] = math.Sqrt(sum)
		}
	}
	x := slices.Clone(b)
	for i := range n {
		for k := range i {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[k][i] * x[k]
		}
		x[i] /= a[i][i]
	}
	return x, nil
}

// finish writes the weights into the model as whole numbers.
func (f *classFit) finish() {
	fixed := func(x float64) int64 { return int64(math.Round(x * fixedOne)) }
	f.model.Bias = fixed(f.weights[f.size])
	for i := range f.model.Features {
		x, at := &f.model.Features[i], f.at[i]
		x.Missing = fixed(f.weights[at+max(1, len(x.Words))])
		for n := range x.Words {
			x.Words[n].Weight = fixed(f.weights[at+n])
		}
		if len(x.Words) == 0 {
			x.Weight = fixed(f.weights[at])
		}
	}
}
