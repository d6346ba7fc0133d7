// Command corpusmill runs data pipelines for pretraining corpora.
package main

import "github.com/corpusmill/corpusmill"

func main() { corpusmill.Main() }
