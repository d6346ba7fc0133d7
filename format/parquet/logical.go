package parquet

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	meta "github.com/parquet-go/parquet-go/format"
)

// interval is the type that has no name but the old one: months, days and
// milliseconds.
type interval struct{ meta.NullType }

// String implements meta.LogicalTypeValue.
func (*interval) String() string { return "INTERVAL" }

// logicalOf is what a column means by its values, nil where that is the physical
// type alone: the logical type, else the older converted one. A type that does not
// go with the physical one means nothing.
func logicalOf(e *meta.SchemaElement) meta.LogicalTypeValue {
	l := e.LogicalType.Value
	if l == nil && e.ConvertedType.Valid {
		l = converted(e)
	}
	if l == nil || !fits(l, e) {
		return nil
	}
	return l
}

func converted(e *meta.SchemaElement) meta.LogicalTypeValue {
	milli, micro := meta.TimeUnit{Value: new(meta.MilliSeconds)}, meta.TimeUnit{Value: new(meta.MicroSeconds)}
	switch c := e.ConvertedType.V; c {
	case deprecated.UTF8:
		return new(meta.StringType)
	case deprecated.Map, deprecated.MapKeyValue:
		return new(meta.MapType)
	case deprecated.List:
		return new(meta.ListType)
	case deprecated.Enum:
		return new(meta.EnumType)
	case deprecated.Decimal:
		return &meta.DecimalType{Scale: e.Scale.V, Precision: e.Precision.V} // without a scale it is 0
	case deprecated.Date:
		return new(meta.DateType)
	case deprecated.TimeMillis:
		return &meta.TimeType{IsAdjustedToUTC: true, Unit: milli}
	case deprecated.TimeMicros:
		return &meta.TimeType{IsAdjustedToUTC: true, Unit: micro}
	case deprecated.TimestampMillis:
		return &meta.TimestampType{IsAdjustedToUTC: true, Unit: milli}
	case deprecated.TimestampMicros:
		return &meta.TimestampType{IsAdjustedToUTC: true, Unit: micro}
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return &meta.IntType{BitWidth: 8 << (c - deprecated.Uint8)}
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return &meta.IntType{BitWidth: 8 << (c - deprecated.Int8), IsSigned: true}
	case deprecated.Json:
		return new(meta.JsonType)
	case deprecated.Bson:
		return new(meta.BsonType)
	case deprecated.Interval:
		return new(interval)
	}
	return nil
}

// fits says whether a logical type goes with the physical type of its column.
func fits(l meta.LogicalTypeValue, e *meta.SchemaElement) bool {
	physical, length := e.Type.V, e.TypeLength.V
	fixed := e.Type.Valid && physical == meta.FixedLenByteArray
	switch l := l.(type) {
	case *meta.ListType, *meta.MapType, *meta.VariantType:
		return !e.Type.Valid
	case *meta.DecimalType:
		return e.Type.Valid && (fixed || physical == meta.ByteArray || physical == meta.Int32 || physical == meta.Int64)
	case *meta.DateType:
		return e.Type.Valid && physical == meta.Int32
	case *meta.TimeType:
		return e.Type.Valid && (physical == meta.Int32 || physical == meta.Int64)
	case *meta.TimestampType:
		return e.Type.Valid && physical == meta.Int64
	case *meta.IntType:
		return e.Type.Valid && (physical == meta.Int32 && l.BitWidth <= 32 || physical == meta.Int64)
	case *meta.UUIDType:
		return fixed && length == 16
	case *meta.Float16Type:
		return fixed && length == 2
	case *interval:
		return fixed && length == 12
	case *meta.NullType:
		return false
	}
	return e.Type.Valid && physical == meta.ByteArray
}

// physical is a schema without logical types: what a column means is settled
// here, and what parquet-go makes of types that do not fit is not asked. A column
// of a type that does not exist becomes one of bytes, which no row group has.
func physical(schema []meta.SchemaElement) []meta.SchemaElement {
	out := make([]meta.SchemaElement, len(schema))
	for i, e := range schema {
		out[i] = meta.SchemaElement{Type: e.Type, RepetitionType: e.RepetitionType, Name: e.Name, NumChildren: e.NumChildren}
		if !e.Type.Valid {
			continue
		}
		out[i].NumChildren = thrift.Null[int32]{}
		switch {
		case e.Type.V < meta.Boolean || e.Type.V > meta.FixedLenByteArray:
			out[i].Type.V = meta.ByteArray
		case e.Type.V == meta.FixedLenByteArray && (e.TypeLength.V < 1 || e.TypeLength.V > fixedMax):
			out[i].Type.V = meta.ByteArray
		case e.Type.V == meta.FixedLenByteArray:
			out[i].TypeLength = e.TypeLength
		}
	}
	return out
}

// fixedMax is the longest value of FIXED_LEN_BYTE_ARRAY that parquet-go decodes.
const fixedMax = 1<<15 - 1
