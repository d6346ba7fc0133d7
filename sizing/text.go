package sizing

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// textColumns is the width that every printed line keeps to.
const textColumns = 80

// fixed prints a float with so many decimals.
func fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

func percent(v float64) string { return significant(v*100) + " %" }

// Sentences says the verdict in plain words, for a terminal: lines of at most 80
// columns; a sentence that runs on is continued on a line indented by two.
func (v Verdict) Sentences() []string {
	counted := ""
	if v.Tokenizer != "" {
		counted = " (counted by " + v.Tokenizer + ")"
	}
	model := aModel(v.ParamsFromData)
	if v.ActiveRatio < 1 {
		model = fmt.Sprintf("a mixture of %v active and %v total parameters", v.ParamsFromData, v.TotalParamsFromData)
	}
	text := []string{fmt.Sprintf("Your %v tokens%s carry %s at %s tokens a parameter; training it takes %v.",
		v.Tokens, counted, model, significant(v.TokensPerParameter), v.FLOPFromData)}
	if v.ComputeSide != nil {
		text = append(text, v.clusterSentences()...)
	}
	for _, w := range v.Warnings {
		text = append(text, "Note: "+w+".")
	}
	var lines []string
	for _, t := range text {
		lines = append(lines, wrap(t, textColumns)...)
	}
	return lines
}

func (v Verdict) clusterSentences() []string {
	s := v.ComputeSide
	at := "at " + percent(s.MFU) + " MFU"
	if s.Goodput < 1 {
		at += " and " + percent(s.Goodput) + " goodput"
	}
	text := []string{
		fmt.Sprintf("On %s %s %s that takes %v; you have %v.",
			grouped(float64(s.GPUs)), s.GPU, at, s.DaysFromData, s.Days),
		fmt.Sprintf("In %v the cluster carries %s on %v tokens (%v).",
			s.Days, aModel(s.ParamsFromCompute), s.TokensFromCompute, s.Budget),
	}
	if s.LimitedBy == LimitedByData {
		line := fmt.Sprintf("You are data-limited: %v tokens are missing", s.MissingTokens)
		if s.Epochs > 0 {
			line += fmt.Sprintf(", or %s epochs stand in for them", significant(s.Epochs))
		}
		text = append(text, line+fmt.Sprintf("; %v stay unused.", s.SpareGPUDays))
	} else {
		text = append(text, fmt.Sprintf("You are compute-limited: %v are missing to train all your tokens into %s.",
			s.MissingGPUDays, aModel(v.ParamsFromData)))
	}
	plan := fmt.Sprintf("The plan: %s on %v tokens in %v", aModel(s.Params), s.PlanTokens, s.PlanDays)
	if s.Power > 0 {
		plan += fmt.Sprintf(", %v, %v", s.Power, s.Energy)
	}
	if s.EnergyCost > 0 {
		plan += fmt.Sprintf(" (%v of electricity)", s.EnergyCost)
	}
	if s.Rent > 0 {
		plan += fmt.Sprintf("; renting the GPUs costs about %v", s.Rent)
	}
	text = append(text, plan+".")
	if s.CheckpointInterval > 0 {
		text = append(text, fmt.Sprintf("Something fails every %v; write a checkpoint every %v.",
			s.ClusterMTBF, s.CheckpointInterval))
	}
	if m := s.Memory; m != nil && m.Fits {
		with := fmt.Sprintf("ZeRO %d and %s recomputation", m.ZeROStage, m.Recompute)
		if m.TensorParallel > 1 {
			with = fmt.Sprintf("ZeRO %d, %s recomputation and %d-way tensor parallelism",
				m.ZeROStage, m.Recompute, m.TensorParallel)
		}
		text = append(text, fmt.Sprintf("It fits into memory with %s: %v of %v usable a GPU.",
			with, m.States+m.Activations, m.Usable))
	}
	return text
}

// aModel is "a 65B model" or "an 8B model", as it is spoken.
func aModel(n Params) string {
	text := n.String()
	number := strings.TrimRight(text, "TBMK")
	whole, _, _ := strings.Cut(number, ".")
	if strings.HasPrefix(text, "8") || whole == "11" || whole == "18" {
		return "an " + text + " model"
	}
	return "a " + text + " model"
}

// wrap breaks text at spaces into lines of at most columns characters.
func wrap(text string, columns int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns:
			lines = append(lines, line)
			line = "  " + word
		default:
			line += " " + word
		}
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}

// row is one line of the table: a quantity seen from the data and from the cluster.
type row struct{ name, data, cluster string }

// Table writes the two sides next to each other, at most 80 columns wide.
func (v Verdict) Table(w io.Writer) error {
	head, rows := row{"", "your data", "your cluster"}, v.rows()
	if v.ComputeSide == nil {
		head.cluster = ""
	}
	var b strings.Builder
	writeRow(&b, head)
	b.WriteString(strings.Repeat("-", textColumns-2) + "\n")
	for _, r := range rows {
		writeRow(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRow(b *strings.Builder, r row) {
	b.WriteString(strings.TrimRight(fmt.Sprintf("%-30s%24s%24s", r.name, r.data, r.cluster), " ") + "\n")
}

func (v Verdict) rows() []row {
	s := v.ComputeSide
	if s == nil {
		return []row{
			{"tokens", v.Tokens.String(), ""}, {"tokens a parameter", significant(v.TokensPerParameter), ""},
			{"parameters", v.ParamsFromData.String(), ""}, {"parameters by the loss fit", v.ParamsByFit.String(), ""},
			{"training", v.FLOPFromData.String(), ""}, {"expected loss, nats a token", fixed(v.LossFromData, 3), ""},
		}
	}
	rows := []row{
		{"tokens", v.Tokens.String(), s.TokensFromCompute.String()},
		{"parameters", v.ParamsFromData.String(), s.ParamsFromCompute.String()},
		{"training", v.FLOPFromData.String(), s.Budget.String()},
		{"time", s.DaysFromData.String(), s.Days.String()},
	}
	if v.ActiveRatio < 1 {
		rows = append(rows, row{"parameters in all experts", v.TotalParamsFromData.String(),
			s.ParamsFromCompute.total(v.ActiveRatio).String()})
	}
	limited := []string{"", "limits"}
	if s.LimitedBy == LimitedByData {
		limited = []string{"limits", ""}
	}
	rows = append(rows, row{"limited by", limited[0], limited[1]})
	if s.LimitedBy == LimitedByData {
		epochs := "none will do"
		if s.Epochs > 0 {
			epochs = significant(s.Epochs)
		}
		rows = append(rows, row{"missing tokens", s.MissingTokens.String(), ""}, row{"or epochs", epochs, ""})
	} else {
		rows = append(rows, row{"missing GPU-days", "", grouped(float64(s.MissingGPUDays))})
	}
	optional := []struct {
		name  string
		known bool
		text  string
	}{
		{"power", s.Power > 0, s.Power.String()}, {"energy of the plan", s.Energy > 0, s.Energy.String()},
		{"electricity", s.EnergyCost > 0, s.EnergyCost.String()}, {"rent of the GPUs", s.Rent > 0, s.Rent.String()},
		{"or purchase of the cluster", s.Purchase > 0, s.Purchase.String()},
	}
	for _, o := range optional {
		if o.known {
			rows = append(rows, row{o.name, "", o.text})
		}
	}
	return rows
}

// String says the verdict in the words of [Verdict.Sentences], a line each.
func (v Verdict) String() string { return strings.Join(v.Sentences(), "\n") }

// smallestModel is the size below which a model is not worth a plan.
const smallestModel = 1e6

// Brief says the verdict in one or two lines of at most 80 columns: one where the tokens
// carry no model of a million parameters, or there is no cluster.
func (v Verdict) Brief() []string {
	if v.ParamsFromData < smallestModel {
		return []string{fmt.Sprintf("%v tokens: a model of %v parameters takes %v",
			v.Tokens, Params(smallestModel), Tokens(smallestModel*v.TokensPerParameter))}
	}
	lines := []string{fmt.Sprintf("%v tokens carry %s at %s tokens a parameter",
		v.Tokens, aModel(v.ParamsFromData), significant(v.TokensPerParameter))}
	s := v.ComputeSide
	switch {
	case s == nil:
	case s.LimitedBy == LimitedByData:
		lines = append(lines, fmt.Sprintf("%s %s, %v: %s; %v tokens short",
			grouped(float64(s.GPUs)), s.GPU, s.Days, aModel(s.ParamsFromCompute), s.MissingTokens))
	default:
		lines = append(lines, fmt.Sprintf("%s %s, %v: %s; %v short",
			grouped(float64(s.GPUs)), s.GPU, s.Days, aModel(s.ParamsFromCompute), s.MissingGPUDays))
	}
	return lines
}
