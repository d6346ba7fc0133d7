package transform

func builtinModel() *Model { m, _ := NewModel("", "", 0, nil); return m }
