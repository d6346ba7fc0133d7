// Package migrate has a test alone: it runs the programs that the pages of docs/migrate show.
package migrate
