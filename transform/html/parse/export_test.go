package parse

// What the tests outside of the package look at.
const MaxUnseen = maxUnseen

var (
	RawEnd    = rawEnd
	ScriptEnd = scriptEnd
)
