package run

// maxrssUnit is the unit of rusage's maximum resident size.
const maxrssUnit = 1 << 10
