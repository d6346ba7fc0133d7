package cli

import (
	"encoding/json"
	"fmt"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/spf13/cobra"
)

func (p *program) verifyCommand() *cobra.Command {
	var f folderFlags
	var asJSON, deep bool
	c := &cobra.Command{
		Use:   "verify RUN",
		Short: "Check the files and counts of a run",
		Long: `Reads every file and part that the manifest of a run names and compares sizes
and digests; reads all answers of servers in the folder, each against its own
digest; and checks that every document is accounted for: read = documents +
skipped + quarantined at each source, in + split = kept + rejected + quarantined
at each stage, each stage begins with what the one before kept, the parts have
as many rows as documents. Every mismatch is named; the exit code is then 1, and
75 while a run is under way in the folder.
A run with --check makes again what is damaged or missing. With --deep the rows
of parts and rejects and the lines of the quarantine are read too: documents,
tokens, bytes of text and rejects by rule must be those of the statistics.`,
		Args: exactArgs(1),
	}
	f.add(c, p)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&deep, "deep", false, "read all rows too, and compare what they count with the statistics")
	c.RunE = func(c *cobra.Command, args []string) error {
		folder, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		verify := folder.Verify
		if deep {
			verify = folder.VerifyDeep
		}
		v, err := verify(c.Context())
		if err != nil {
			return orUnderWay(c.Context(), folder, err)
		}
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(v); err != nil {
				return err
			}
		} else {
			for _, line := range v.Problems {
				fmt.Fprintln(p.stdout, line)
			}
		}
		n := len(v.Problems)
		if who := workersOn(c.Context(), folder); n > 0 && who != "" {
			return codeError{exitInterrupted, fmt.Errorf("%s: %d mismatches, and a run is under way here, by %s: the same line again when it has ended", args[0], n, who)}
		}
		if n > 0 {
			return fmt.Errorf("%s: %d mismatches; to make again what is damaged or missing, run it once more with --check: corpusmill run PIPELINE --run %s --check", args[0], n, args[0])
		}
		if !asJSON {
			if v.Unfinished {
				fmt.Fprintln(p.stdout, oldNote(c.Context(), folder))
			}
			accounted := "every document accounted for"
			if v.ShardsLost+v.ShardsCut+v.ShardsFailed > 0 {
				accounted = fmt.Sprintf("every document accounted for that was read; of the input files %s", ledger.Damage{ShardsCut: v.ShardsCut, ShardsLost: v.ShardsLost, ShardsFailed: v.ShardsFailed})
			}
			answers := ""
			if v.Answers > 0 {
				answers = fmt.Sprintf("%d files of answers, ", v.Answers)
			}
			for _, place := range v.Unread {
				fmt.Fprintf(p.stdout, "%s: files of this format cannot be read back; their digests are right\n", place)
			}
			if deep {
				answers += fmt.Sprintf("%d rows counted, ", v.Rows)
			}
			fmt.Fprintf(p.stdout, "%s: %s, %s, %s, %s with rejects, %s%s read: all as the manifest says, %s\n",
				args[0], plural(int64(v.Commits), "commit"), plural(int64(v.Files-v.Removed), "file"), plural(int64(v.Parts), "part"), plural(int64(v.Rejects), "file"), answers, human(v.Bytes), accounted)
		}
		return nil
	}
	return c
}
