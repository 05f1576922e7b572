using System.Collections.Immutable;
using System.Text.Json;

namespace Upstride.Learning.Saving;

/// <summary>
/// Reads the JSON header of a safetensors file, and believes none of it: each claim is held against the others and against the file's
/// length.
/// </summary>
/// <remarks>Source: the format's description in the README of huggingface/safetensors.</remarks>
internal ref struct SafetensorsHeaderReader
{
    private readonly string _fileName;
    private readonly long _dataLength;
    private Utf8JsonReader _json;

    // What is being read, for the message of a fault.
    private string? _tensor;

    private SafetensorsHeaderReader(ReadOnlySpan<byte> header, long dataLength, string fileName)
    {
        _json = new Utf8JsonReader(header);
        _dataLength = dataLength;
        _fileName = fileName;
    }

    /// <param name="header">The header's bytes.</param>
    /// <param name="dataLength">How many bytes follow the header.</param>
    /// <param name="fileName">For errors.</param>
    /// <exception cref="SafetensorsException">The header is no JSON of this format, or contradicts itself or the file.</exception>
    public static SafetensorsHeader Read(ReadOnlySpan<byte> header, long dataLength, string fileName)
    {
        var reader = new SafetensorsHeaderReader(header, dataLength, fileName);
        try
        {
            return reader.Read();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second is thrown for strings that are no UTF-8 or hold half a surrogate pair.
            throw new SafetensorsException(fileName, reader._tensor,
                $"the header is no valid JSON: {SafetensorsException.Quote(fault.Message)}", fault);
        }
    }

    private SafetensorsHeader Read()
    {
        var tensors = new Dictionary<string, SafetensorsTensor>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        _json.Read();
        Require(JsonTokenType.StartObject, "the header", "an object");
        while (NextName() is { } name)
        {
            if (name is SafetensorsHeader.MetadataName)
            {
                if (metadata is not null) throw Fault($"{SafetensorsHeader.MetadataName} stands twice");
                metadata = ReadMetadata();
                continue;
            }
            _tensor = name;
            if (!tensors.TryAdd(name, ReadTensor(name))) throw Fault("the name stands twice");
            _tensor = null;
        }

        // What follows may only be white space, which this refuses otherwise.
        _json.Read();
        return new(InOrder(tensors.Values), tensors, metadata ?? []);
    }

    private Dictionary<string, string> ReadMetadata()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        _json.Read();
        Require(JsonTokenType.StartObject, SafetensorsHeader.MetadataName, "an object");
        while (NextName() is { } key)
        {
            _json.Read();
            Require(JsonTokenType.String, $"{SafetensorsHeader.MetadataName} '{SafetensorsException.Quote(key)}'", "a text");
            if (!metadata.TryAdd(key, _json.GetString()!))
                throw Fault($"{SafetensorsHeader.MetadataName} '{SafetensorsException.Quote(key)}' stands twice");
        }
        return metadata;
    }

    private SafetensorsTensor ReadTensor(string name)
    {
        SafetensorsType? type = null;
        ImmutableArray<nint>? shape = null;
        ImmutableArray<nint>? offsets = null;
        _json.Read();
        Require(JsonTokenType.StartObject, "its entry", "an object");
        while (NextName() is { } key)
        {
            if ((key is "dtype" && type is not null) || (key is "shape" && shape is not null)
                || (key is "data_offsets" && offsets is not null))
                throw Fault($"{key} stands twice");
            _json.Read();
            switch (key)
            {
                case "dtype":
                    Require(JsonTokenType.String, key, "a text");
                    string text = _json.GetString()!;
                    type = SafetensorsTypes.TryParse(text, out SafetensorsType known)
                        ? known
                        : throw Fault($"dtype = {SafetensorsException.Quote(text)}, and must be one of {SafetensorsTypes.Names}");
                    break;
                case "shape":
                    shape = ReadLengths(key);
                    break;
                case "data_offsets":
                    offsets = ReadLengths(key);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }
        if (type is null) throw Fault("dtype is missing");
        if (shape is null) throw Fault("shape is missing");
        if (offsets is null) throw Fault("data_offsets is missing");
        return Check(name, type.Value, shape.Value, offsets.Value);
    }

    private readonly SafetensorsTensor Check(string name, SafetensorsType type, ImmutableArray<nint> shape, ImmutableArray<nint> offsets)
    {
        string text = $"data_offsets = {SafetensorsTensor.Text(offsets.AsSpan())}";
        if (offsets is not [nint begin, nint end]) throw Fault($"{text}, and must be [begin, end]");
        if (end < begin) throw Fault($"{text}, and must not end before they begin");
        if (end > _dataLength) throw Fault($"{text}, and the file has only {_dataLength} bytes of data");
        var described = new SafetensorsTensor(name, type, shape, begin, end - begin);
        return ByteLength(type, shape) is not { } bytes
            ? throw Fault($"shape {described.ShapeText} of {type} takes more than {long.MaxValue} bytes")
            : bytes != end - begin
                ? throw Fault($"shape {described.ShapeText} of {type} takes {bytes} bytes, and {text} hold {end - begin}")
                : described;
    }

    // Null where it is beyond all files.
    private static long? ByteLength(SafetensorsType type, ImmutableArray<nint> shape)
    {
        if (shape.Contains(0)) return 0;
        long bytes = type.Size();
        foreach (nint length in shape)
        {
            if (length > long.MaxValue / bytes) return null;
            bytes *= length;
        }
        return bytes;
    }

    private readonly ImmutableArray<SafetensorsTensor> InOrder(IEnumerable<SafetensorsTensor> tensors)
    {
        ImmutableArray<SafetensorsTensor> ordered = [.. tensors.OrderBy(static one => one.Offset).ThenBy(static one => one.ByteLength)];
        long end = 0;
        string before = "the data begins";
        foreach (SafetensorsTensor one in ordered)
        {
            if (one.Offset != end)
            {
                string fault = one.Offset < end ? "overlap" : "leave a gap";
                throw new SafetensorsException(_fileName, one.Name,
                    $"its data_offsets begin at {one.Offset} and {fault}: they must begin at {end}, where {before}");
            }
            end += one.ByteLength;
            before = $"'{SafetensorsException.Quote(one.Name)}' ends";
        }
        return end == _dataLength
            ? ordered
            : throw Fault($"the tensors take {end} bytes of data, and the file has {_dataLength}");
    }

    private ImmutableArray<nint> ReadLengths(string key)
    {
        Require(JsonTokenType.StartArray, key, "an array");
        var lengths = ImmutableArray.CreateBuilder<nint>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            Require(JsonTokenType.Number, key, "an array of numbers");
            if (!_json.TryGetInt64(out long length) || length < 0 || length > nint.MaxValue)
                throw Fault($"{key} holds {SafetensorsException.Quote(System.Text.Encoding.ASCII.GetString(_json.ValueSpan))}, and its "
                    + $"numbers must be integers from 0 to {nint.MaxValue}");
            lengths.Add((nint)length);
        }
        return lengths.DrainToImmutable();
    }

    // The next name of the object that is being read; null at its end.
    private string? NextName() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString() : null;

    private readonly void Require(JsonTokenType token, string what, string expected)
    {
        if (_json.TokenType != token) throw Fault($"{what} is {_json.TokenType}, and must be {expected}");
    }

    private readonly SafetensorsException Fault(string fault) => new(_fileName, _tensor, fault);
}
