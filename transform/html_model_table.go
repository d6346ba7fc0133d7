package transform

func builtinModel() *Model { m, _ := NewModel("", "", Stage{}, Stage{}); return m }
