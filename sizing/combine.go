package sizing

import "fmt"

// maxRuns bounds how many runs one corpus is made of.
const maxRuns = 10_000

// Run is what sizing needs to know of one finished run.
type Run struct {
	Name      string // folder or other name, for messages
	Tokens    Tokens // kept, each counted once
	Tokenizer string // what counted them
	// Inputs identify what the run read, one key an input shard (a digest, or
	// path with size and stamp). Two runs that share a key share text.
	Inputs []string
}

// Combine adds runs up to one corpus. It refuses what would make the sum wrong:
// a run given twice, runs that read the same input (their text would count
// twice), and counts by different tokenizers. Text that distinct inputs have in
// common is not seen here: deduplicate across the runs for that. Errors wrap
// [ErrInput].
func Combine(runs ...Run) (Run, error) {
	if len(runs) == 0 || len(runs) > maxRuns {
		return Run{}, inputError("%d runs; between 1 and %d can be combined", len(runs), maxRuns)
	}
	sum := Run{Tokenizer: runs[0].Tokenizer, Name: runs[0].Name}
	names, owner := map[string]bool{}, map[string]string{}
	for _, r := range runs {
		if err := checkTokens(r.Tokens); err != nil {
			return Run{}, fmt.Errorf("run %s: %w", r.Name, err)
		}
		if names[r.Name] {
			return Run{}, inputError("run %s is given twice: its tokens would count twice", r.Name)
		}
		names[r.Name] = true
		if r.Tokenizer != sum.Tokenizer {
			return Run{}, inputError("run %s is counted by %q and run %s by %q: their tokens cannot be added up",
				runs[0].Name, sum.Tokenizer, r.Name, r.Tokenizer)
		}
		for _, key := range r.Inputs {
			if other, seen := owner[key]; seen && other != r.Name {
				return Run{}, inputError("runs %s and %s both read %s: its tokens would count twice", other, r.Name, key)
			}
			owner[key] = r.Name
		}
		sum.Tokens += r.Tokens
		sum.Inputs = append(sum.Inputs, r.Inputs...)
	}
	if len(runs) > 1 {
		sum.Name = fmt.Sprintf("%d runs", len(runs))
	}
	return sum, checkTokens(sum.Tokens)
}
