package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/pipelines/demo"
)

// demoAddress is where pipelines/crawl.yaml looks for the demo web.
const demoAddress = "127.0.0.1:8642"

func (p *program) demoCommand() *cobra.Command {
	var address string
	c := &cobra.Command{Use: "demo", Short: "The demo corpus as a web to crawl"}
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Serve the demo corpus on names below localhost",
		Long: `Serves the pages of the quickstart as the web that they come from, on names such
as a.example.localhost, for pipelines/crawl.yaml and for trying crawl out. It
ends with a signal.`,
		Example: "  corpusmill demo serve &\n  corpusmill run pipelines/crawl.yaml",
		Args:    exactArgs(0),
		RunE:    func(c *cobra.Command, _ []string) error { return p.serveDemo(c.Context(), address) },
	}
	serve.Flags().StringVar(&address, "address", demoAddress, "address of this machine and port; port 0 is any that is free")
	c.AddCommand(serve)
	return c
}

// closeTime is how long requests under way have when the demo web ends.
const closeTime = 2 * time.Second

func (p *program) serveDemo(ctx context.Context, address string) error {
	web, err := demo.NewWeb()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "the demo web is at http://%s:%s/ until a signal ends it\n", demo.Portal, port)
	s := &http.Server{Handler: web, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := s.Shutdown(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
