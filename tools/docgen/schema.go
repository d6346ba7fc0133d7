package main

import (
	"maps"
	"reflect"
	"strings"

	"github.com/corpusmill/corpusmill/stage"
)

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// schemaOf makes the JSON schema of pipeline files, draft 2020-12.
func schemaOf(parts []part) object {
	defs := object{
		"variable": object{"type": "string", "pattern": `\$\{[^}]+\}`, "description": "a variable, ${NAME} or ${NAME:-default}"},
		"limit":    object{"description": "a number, off, or default for the rule's own", "anyOf": []any{object{"type": "number"}, object{"enum": []any{"off", "default"}}, ref("variable")}},
		"size":     object{"description": "64MiB, 1.5GB or a number of bytes", "anyOf": []any{object{"type": "integer", "minimum": 0}, object{"type": "string", "pattern": `^[0-9.]+ ?([kKmMgGtT]i?)?[bB]?$`}, ref("variable")}},
		"duration": object{"description": "30s, 5m, 1h", "type": "string"},
		"keep": object{"description": "which document of a cluster stays", "anyOf": []any{
			object{"enum": []any{"first", "none", "all"}},
			object{"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
				"properties": object{"max": object{"type": "string"}, "min": object{"type": "string"}}},
		}},
		"when": object{"type": "object", "additionalProperties": false, "properties": object{
			"lang":   object{"type": "array", "items": object{"type": "string"}},
			"source": object{"type": "array", "items": object{"type": "string"}},
		}},
	}
	byKind := map[string][]part{}
	for _, p := range parts {
		byKind[p.doc.Kind] = append(byKind[p.doc.Kind], p)
		defs[p.doc.Kind+"_"+p.doc.Name] = partSchema(p)
	}
	defs["stage"] = oneOf(byKind["stage"], 1, nil)
	properties := object{}
	for _, k := range pipelineKeys {
		s := keySchema(k.name, byKind)
		s["description"] = k.doc
		properties[k.name] = s
	}
	return object{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"$id":                  "https://" + modulePath + "/pipelines/schema.json",
		"title":                "corpusmill pipeline",
		"type":                 "object",
		"additionalProperties": false,
		"properties":           properties,
		"anyOf":                []any{object{"required": []any{"extends"}}, object{"required": []any{"source", "sink"}}},
		"$defs":                defs,
	}
}

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// keySchema is the shape of a pipeline key.
func keySchema(name string, byKind map[string][]part) object {
	str := object{"type": "string"}
	switch name {
	case "seed":
		return object{"anyOf": []any{object{"type": "integer", "minimum": 0}, ref("variable")}}
	case "vars":
		return object{"type": "object", "additionalProperties": object{"type": []any{"string", "number", "boolean"}}}
	case "models":
		return object{"type": "object", "additionalProperties": object{"type": "object", "additionalProperties": false,
			"properties": object{"path": str, "sha256": str}}}
	case "s3":
		return object{"type": "object", "additionalProperties": false, "properties": object{"endpoint": str, "region": str,
			"path_style": object{"type": "boolean"}, "insecure": object{"type": "boolean"}}}
	case "packs":
		return object{"type": "object", "additionalProperties": false, "properties": object{"files": object{"type": "integer", "minimum": 1},
			"bytes": ref("size"), "cut": ref("size")}}
	case "fail_if":
		gate := object{"type": "string", "pattern": `^\s*(off|[<>]=?\s*[0-9.]+\s*[%KMBT]?)\s*$`, "examples": []any{"< 1000", "> 1 %"}}
		gates := object{}
		for _, key := range []string{"documents", "tokens", "kept_share", "quarantined", "quarantine_share", "shards_lost"} {
			gates[key] = object{"anyOf": []any{gate, ref("variable")}}
		}
		return object{"type": "object", "additionalProperties": false, "properties": gates}
	case "calibration":
		return object{"type": "object", "additionalProperties": false, "properties": object{"shards": object{"type": "integer"},
			"bytes": ref("size"), "exact": object{"type": "boolean"}}}
	case "fit":
		return object{"type": "object", "additionalProperties": false, "required": []any{"tokens"}, "properties": object{
			"tokens": object{"type": []any{"number", "string"}}, "stage": str}}
	case "source":
		one := oneOf(byKind["source"], 2, object{"name": str})
		return object{"anyOf": []any{one, object{"type": "array", "items": one, "minItems": 1}}}
	case "stages":
		return object{"type": "array", "items": ref("stage")}
	case "sink":
		beside := object{}
		for _, k := range sinkKeys {
			s := object{"type": "string"}
			switch k.name {
			case "partition_by":
				s = object{"type": "array", "items": str, "minItems": 1}
			case "drop":
				s = object{"type": "array", "items": str}
			case "rename":
				s = object{"type": "object", "additionalProperties": object{"type": "string", "minLength": 1}}
			case "carry":
				s = object{"enum": []any{"extra", "drop"}}
			}
			s["description"] = k.doc
			beside[k.name] = s
		}
		one := oneOf(byKind["sink"], 1+len(sinkKeys), beside)
		return object{"anyOf": []any{one, object{"type": "array", "items": one, "minItems": 1}}}
	case "rejects":
		return oneOf(byKind["sink"], 3, object{"text_sample": object{"type": "number", "minimum": 0, "maximum": 1},
			"text_per_rule": object{"type": "integer", "minimum": 0, "maximum": 1000}})
	case "sizing":
		return ref("sizing_sizing")
	case "crawl":
		return ref("crawl_crawl")
	case "errors_max", "shards_lost_max", "shards_failed_max":
		return ref("limit")
	case "record_bytes_max":
		return ref("size")
	case "carry":
		return object{"enum": []any{"extra", "drop"}}
	case "segments":
		return object{"enum": []any{"keep", "checkpoints", "delete"}}
	}
	return object{"type": "string"}
}

// oneOf is { name: settings } of one of the parts, or its bare name.
func oneOf(parts []part, most int, beside object) object {
	properties, names := object{}, []any{}
	for _, p := range parts {
		properties[p.doc.Name] = ref(p.doc.Kind + "_" + p.doc.Name)
		names = append(names, p.doc.Name)
	}
	maps.Copy(properties, beside)
	return object{"anyOf": []any{
		object{"enum": names},
		object{"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": most, "properties": properties},
	}}
}

func partSchema(p part) object {
	s := block(p.fields)
	s["description"] = strings.ReplaceAll(p.doc.Doc, "\t", "  ")
	if p.doc.Kind != "stage" {
		s["type"] = []any{"object", "null"}
		return s
	}
	properties := s["properties"].(object)
	for _, k := range stageKeys {
		if p.doc.Name == stage.SwitchDef.Name && k.name != "as" {
			continue
		}
		var x object
		switch k.name {
		case "when":
			x = ref("when")
		case "where":
			x = object{"type": "string"}
		case "annotate":
			x = object{"type": "boolean"}
		case "per":
			x = object{"type": "array", "items": object{"enum": []any{"lang", "source"}}}
		case "within":
			x = object{"type": "array", "items": object{"type": "string"}}
		default:
			x = object{"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
		}
		x["description"] = k.doc
		properties[k.name] = x
	}
	doc := s["description"]
	delete(s, "description")
	return object{"description": doc, "anyOf": []any{object{"type": "null"}, object{"const": "off"}, s}}
}

func block(fields []field) object {
	properties := object{}
	for _, f := range fields {
		s := typeSchema(f.typ, f)
		s["description"] = f.doc.Doc
		if f.doc.Default != "" && len(f.fields) == 0 {
			s["default"] = f.doc.Default
		}
		properties[f.doc.Name] = s
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}

func typeSchema(t reflect.Type, f field) object {
	switch t {
	case limitType:
		return ref("limit")
	case bytesType:
		return ref("size")
	case keepType:
		return ref("keep")
	case durationType:
		return ref("duration")
	case stageType:
		return ref("stage")
	}
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return object{"type": []any{"string", "number", "boolean"}}
	}
	if reflect.PointerTo(t).Implements(nodeUnmarshaler) {
		return object{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), f)
	case reflect.Slice:
		return object{"type": "array", "items": typeSchema(t.Elem(), f)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": typeSchema(t.Elem(), f)}
	case reflect.Struct:
		if f.fields == nil {
			return object{}
		}
		return block(f.fields)
	case reflect.Bool:
		return object{"anyOf": []any{object{"type": "boolean"}, ref("variable")}}
	case reflect.Float64:
		return object{"anyOf": []any{object{"type": "number"}, ref("variable")}}
	case reflect.String:
		if len(f.doc.Values) == 0 {
			return object{"type": "string"}
		}
		values := []any{}
		for _, v := range f.doc.Values {
			values = append(values, v)
		}
		return object{"anyOf": []any{object{"enum": values}, ref("variable")}}
	}
	return object{"anyOf": []any{object{"type": "integer"}, ref("variable")}}
}
