package sizing

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// The chart's geometry, in SVG units.
const (
	chartWidth, chartHeight = 760.0, 580.0
	plotLeft, plotTop       = 72.0, 52.0
	plotWidth, plotHeight   = 660.0, 390.0
	maxIsoLines             = 80
)

// Colours that stay apart for colour-blind readers (Okabe and Ito).
const (
	inkColour     = "#222222"
	gridColour    = "#dddddd"
	isoColour     = "#aaaaaa"
	dataColour    = "#0072b2"
	clusterColour = "#d55e00"
	ratioColour   = "#009e73"
)

// chart maps tokens (x) and parameters (y) to a doubly logarithmic plot.
type chart struct {
	strings.Builder
	labels         strings.Builder // drawn last, over every line
	x0, x1, y0, y1 float64         // decades
}

// Chart writes a self-contained SVG (no script, no font, no link): lines of
// equal compute, the data line, the tokens-per-parameter line, the cluster's
// budget where there is one, and the model to train. It may stand alone as a
// file or inside an HTML page.
func (v Verdict) Chart(w io.Writer) error {
	c := v.frame()
	c.open(v)
	c.grid()
	c.isoLines()
	c.curves(v)
	c.points(v)
	c.WriteString(c.labels.String())
	c.WriteString("</svg>\n")
	_, err := io.WriteString(w, c.String())
	return err
}

// frame chooses whole decades around everything that is to be seen.
func (v Verdict) frame() *chart {
	xs := []float64{math.Log10(float64(v.Tokens))}
	ys := []float64{math.Log10(float64(v.ParamsFromData))}
	if s := v.ComputeSide; s != nil {
		xs = append(xs, math.Log10(float64(s.TokensFromCompute)))
		ys = append(ys, math.Log10(float64(s.ParamsFromCompute)))
	}
	c := &chart{}
	c.x0, c.x1 = decades(xs)
	c.y0, c.y1 = decades(ys)
	return c
}

// decades pads a range by at least half a decade on either side and rounds it
// outwards.
func decades(v []float64) (float64, float64) {
	low, high := v[0], v[0]
	for _, x := range v {
		low, high = math.Min(low, x), math.Max(high, x)
	}
	return math.Floor(low - 0.5), math.Ceil(high + 0.5)
}

func (c *chart) px(tokens float64) float64 {
	return plotLeft + (math.Log10(tokens)-c.x0)/(c.x1-c.x0)*plotWidth
}

func (c *chart) py(params float64) float64 {
	return plotTop + plotHeight - (math.Log10(params)-c.y0)/(c.y1-c.y0)*plotHeight
}

func (c *chart) text(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, escape(text))
}

// label is text with a white halo, readable over lines.
func (c *chart) label(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(&c.labels, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" stroke="#ffffff" stroke-width="3" `+
		`paint-order="stroke">%s</text>`+"\n", x, y, anchor, colour, escape(text))
}

func (c *chart) line(x1, y1, x2, y2 float64, colour string, width float64, dash string) {
	extra := ""
	if dash != "" {
		extra = ` stroke-dasharray="` + dash + `"`
	}
	fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%.1f"%s/>`+"\n",
		x1, y1, x2, y2, colour, width, extra)
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

func (c *chart) open(v Verdict) {
	summary := strings.Join(v.Sentences(), " ")
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" `+
		`font-family="sans-serif" font-size="12">`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(c, "<title>Model size against training tokens</title>\n<desc>%s</desc>\n", escape(summary))
	fmt.Fprintf(c, `<rect width="%g" height="%g" fill="#ffffff"/>`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(c, `<text x="%g" y="26" font-size="16" font-weight="bold" fill="%s">%s</text>`+"\n",
		plotLeft, inkColour, escape(v.title()))
	fmt.Fprintf(c, `<clipPath id="sizing-plot"><rect x="%g" y="%g" width="%g" height="%g"/></clipPath>`+"\n",
		plotLeft, plotTop, plotWidth, plotHeight)
}

func (v Verdict) title() string {
	if v.ComputeSide == nil {
		return fmt.Sprintf("%v tokens carry a %v model", v.Tokens, v.ParamsFromData)
	}
	return fmt.Sprintf("%s-limited: train %v parameters on %v tokens in %v",
		strings.ToUpper(v.LimitedBy[:1])+v.LimitedBy[1:], v.Params, v.PlanTokens, v.PlanDays)
}

func (c *chart) grid() {
	for _, t := range ticks(c.x0, c.x1) {
		x := c.px(t)
		c.line(x, plotTop, x, plotTop+plotHeight, gridColour, 1, "")
		c.text(x, plotTop+plotHeight+18, "middle", inkColour, tickLabel(t))
	}
	for _, t := range ticks(c.y0, c.y1) {
		y := c.py(t)
		c.line(plotLeft, y, plotLeft+plotWidth, y, gridColour, 1, "")
		c.text(plotLeft-8, y+4, "end", inkColour, tickLabel(t))
	}
	c.text(plotLeft+plotWidth/2, plotTop+plotHeight+38, "middle", inkColour, "training tokens")
	fmt.Fprintf(c, `<text transform="translate(18 %g) rotate(-90)" text-anchor="middle" fill="%s">parameters</text>`+"\n",
		plotTop+plotHeight/2, inkColour)
}

// ticks are 1, 2 and 5 of each decade where few are shown, else whole decades.
func ticks(low, high float64) []float64 {
	var at []float64
	step := math.Max(1, math.Ceil((high-low)/8))
	for e := low; e <= high; e += step {
		decade := math.Pow(10, e)
		at = append(at, decade)
		if high-low <= 3 && e < high {
			at = append(at, 2*decade, 5*decade)
		}
	}
	return at
}

func tickLabel(v float64) string {
	if v < 0.99 || v > 1.01e15 {
		return exponent(fmt.Sprintf("%.3g", v))
	}
	return Tokens(v).String()
}

// isoLines draws a line of equal compute for each decade of FLOP; in this plot
// they all fall by one decade of parameters for each decade of tokens.
func (c *chart) isoLines() {
	low := math.Ceil(math.Log10(flopPerParamToken) + c.x0 + c.y0 + 0.1)
	high := math.Floor(math.Log10(flopPerParamToken) + c.x1 + c.y1 - 0.1)
	step := math.Max(1, math.Ceil((high-low)/10))
	drawn := 0
	for e := low; e <= high && drawn < maxIsoLines; e += step {
		c.isoLine(math.Pow(10, e), isoColour, 1)
		// The label stands where the line enters the plot, at its left or top.
		d := math.Pow(10, math.Max(c.x0, e-math.Log10(flopPerParamToken)-c.y1))
		n := math.Pow(10, e) / flopPerParamToken / d
		x := math.Min(c.px(d)+6, plotLeft+plotWidth-62)
		c.label(x, math.Max(c.py(n)+14, plotTop+14), "start", "#666666", fmt.Sprintf("1e%g FLOP", e))
		drawn++
	}
}

func (c *chart) isoLine(compute float64, colour string, width float64) {
	nd := compute / flopPerParamToken
	d1, d2 := math.Pow(10, c.x0), math.Pow(10, c.x1)
	c.WriteString(`<g clip-path="url(#sizing-plot)">`)
	c.line(c.px(d1), c.py(nd/d1), c.px(d2), c.py(nd/d2), colour, width, "")
	c.WriteString("</g>\n")
}

// curves draws the data line, the ratio line and the cluster's budget, and the
// legend that names them.
func (c *chart) curves(v Verdict) {
	x := c.px(float64(v.Tokens))
	c.line(x, plotTop, x, plotTop+plotHeight, dataColour, 2.5, "")
	d1, d2 := math.Pow(10, c.x0), math.Pow(10, c.x1)
	c.WriteString(`<g clip-path="url(#sizing-plot)">`)
	c.line(c.px(d1), c.py(d1/v.TokensPerParameter), c.px(d2), c.py(d2/v.TokensPerParameter), ratioColour, 2, "7 4")
	c.WriteString("</g>\n")
	c.legend(0, dataColour, "", fmt.Sprintf("your data: %v tokens", v.Tokens))
	c.legend(1, ratioColour, "7 4", significant(v.TokensPerParameter)+" tokens a parameter")
	if s := v.ComputeSide; s != nil {
		c.isoLine(float64(s.Budget), clusterColour, 2.5)
		c.legend(2, clusterColour, "", fmt.Sprintf("your cluster: %s %s, %v, %v",
			grouped(float64(s.GPUs)), s.GPU, s.Days, s.Budget))
	}
	fmt.Fprintf(c, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="%s"/>`+"\n",
		plotLeft, plotTop, plotWidth, plotHeight, inkColour)
}

func (c *chart) legend(i int, colour, dash, text string) {
	y := plotTop + plotHeight + 62 + 18*float64(i)
	c.line(plotLeft, y-4, plotLeft+32, y-4, colour, 2.5, dash)
	c.text(plotLeft+42, y, "start", inkColour, text)
}

// points marks what either side allows; the model to train is filled.
func (c *chart) points(v Verdict) {
	s := v.ComputeSide
	if s == nil {
		c.point(v.Tokens, v.ParamsFromData, dataColour, true)
		return
	}
	data := s.LimitedBy == LimitedByData
	c.point(v.Tokens, v.ParamsFromData, dataColour, data)
	c.point(s.TokensFromCompute, s.ParamsFromCompute, clusterColour, !data)
	y := plotTop + plotHeight + 62 + 18*3
	fmt.Fprintf(c, `<circle cx="%g" cy="%g" r="6" fill="%s"/>`+"\n", plotLeft+16, y-4, inkColour)
	c.text(plotLeft+42, y, "start", inkColour, "filled: the model to train; hollow: what the other side allows")
}

func (c *chart) point(d Tokens, n Params, colour string, filled bool) {
	fill := "#ffffff"
	if filled {
		fill = colour
	}
	x, y := c.px(float64(d)), c.py(float64(n))
	fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="6" fill="%s" stroke="%s" stroke-width="2.5"/>`+"\n", x, y, fill, colour)
	// Away from the nearer edge, so that the label stays inside.
	anchor, dx := "start", 16.0
	if x > plotLeft+plotWidth*0.75 {
		anchor, dx = "end", -16.0
	}
	c.label(x+dx, y+4, anchor, colour, n.String())
}
