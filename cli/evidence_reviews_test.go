package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/report/evidence"
)

// Sheets that nobody has filled in yet are not sheets with equal verdicts.
func TestKappaOfNoVerdicts(t *testing.T) {
	for both, want := range map[int64]string{
		0: "kappa      not defined: no document has a verdict of both\n",
		1: "kappa      not defined: all verdicts are the same\n",
	} {
		var out bytes.Buffer
		p := &program{stdout: &out}
		p.printReviews(&evidence.Reviews{Agreement: &evidence.Agreement{Both: both, PassPass: both}}, false)
		if !strings.HasSuffix(out.String(), want) {
			t.Errorf("judged by both %d: %s", both, out.String())
		}
	}
}
