using Upstride.Files;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>A model's tensors as <c>.npy</c> files.</summary>
internal static class TensorFile
{
    /// <summary>
    /// An array as the input of a model: floating-point numbers, which are rounded to the model's type, where it wants those, else integers
    /// of its range.
    /// </summary>
    /// <exception cref="CommandException">The model wants another kind of element, or an integer is outside its type.</exception>
    public static OnnxTensor Read(NpyArray array, OnnxValueInfo input, string path)
    {
        nint[] shape = [.. array.Shape.Select(static length => (nint)length)];
        try
        {
            if (IsFloat(input.ElementType) && ToFloats(array) is { } floats) return Create(input, floats, shape);
            if (!IsFloat(input.ElementType) && ToLongs(array) is { } longs) return Create(input, longs, shape);
        }
        catch (ArgumentException outside)
        {
            throw CommandException.BadInput("input", $"'{path}' holds {array}, and the model needs {input}: {Failure.TextOf(outside)}");
        }
        throw CommandException.BadInput("input", $"'{path}' holds {array}, and the model needs {input}: convert it with astype");
    }

    /// <summary>
    /// A tensor as an array of the model's element type; bfloat16 and float8, which NumPy has not, as float32, numbers of 4 bits as 8.
    /// </summary>
    public static NpyArray ToArray(OnnxTensor tensor) =>
        new([.. tensor.Shape.Select(static length => checked((int)length))], tensor.ElementType switch
        {
            OnnxElementType.Float16 => Convert(tensor.Floats, static value => (Half)value),
            OnnxElementType.Float64 => Convert(tensor.Floats, static value => (double)value),
            OnnxElementType.Int8 or OnnxElementType.Int4 => Convert(tensor.Integers, static value => (sbyte)value),
            OnnxElementType.UInt8 or OnnxElementType.UInt4 => Convert(tensor.Integers, static value => (byte)value),
            OnnxElementType.Int16 => Convert(tensor.Integers, static value => (short)value),
            OnnxElementType.UInt16 => Convert(tensor.Integers, static value => (ushort)value),
            OnnxElementType.Int32 => Convert(tensor.Integers, static value => (int)value),
            OnnxElementType.UInt32 => Convert(tensor.Integers, static value => (uint)value),
            OnnxElementType.UInt64 => Convert(tensor.Integers, static value => (ulong)value),
            OnnxElementType.Int64 => tensor.Integers.ToArray(),
            OnnxElementType.Boolean => tensor.Booleans.ToArray(),
            _ => tensor.Floats.ToArray(),
        });

    /// <summary>Tensors of one type as one, along the first axis, in which they may differ.</summary>
    public static OnnxTensor Join(IReadOnlyList<OnnxTensor> parts)
    {
        if (parts is [var only]) return only;
        OnnxElementType type = parts[0].ElementType;
        nint[] shape = [parts.Aggregate((nint)0, static (sum, part) => sum + part.Shape[0]), .. parts[0].Shape.Skip(1)];
        return IsFloat(type) ? OnnxTensor.Create<float>(type, Joined(static part => part.Floats), shape)
            : type == OnnxElementType.Boolean ? OnnxTensor.Create(Joined(static part => part.Booleans), shape)
            : OnnxTensor.Create<long>(type, Joined(static part => part.Integers), shape);

        T[] Joined<T>(ElementsOf<T> elements)
        {
            var all = new T[parts.Sum(static part => part.Length)];
            int place = 0;
            foreach (OnnxTensor part in parts)
            {
                elements(part).CopyTo(all.AsSpan(place));
                place += part.Length;
            }
            return all;
        }
    }

    /// <summary>One of the tensors that lie along the first axis, which it keeps.</summary>
    public static OnnxTensor Row(OnnxTensor tensor, int index)
    {
        nint[] shape = [1, .. tensor.Shape.Skip(1)];
        int length = tensor.Length / (int)tensor.Shape[0], start = index * length;
        return IsFloat(tensor.ElementType) ? OnnxTensor.Create<float>(tensor.ElementType, tensor.Floats.Slice(start, length), shape)
            : tensor.ElementType == OnnxElementType.Boolean ? OnnxTensor.Create(tensor.Booleans.Slice(start, length), shape)
            : OnnxTensor.Create<long>(tensor.ElementType, tensor.Integers.Slice(start, length), shape);
    }

    private delegate ReadOnlySpan<T> ElementsOf<T>(OnnxTensor tensor);

    /// <summary>The elements as floating-point numbers.</summary>
    public static float[] ToFloats(OnnxTensor tensor) =>
        IsFloat(tensor.ElementType) ? tensor.Floats.ToArray() : [.. ToLongs(tensor).Select(static value => (float)value)];

    /// <summary>Numbers as the tensor of an input; rounded where it wants integers.</summary>
    public static OnnxTensor Create(OnnxValueInfo input, float[] elements, nint[] shape) =>
        IsFloat(input.ElementType)
        ? OnnxTensor.Create<float>(input.ElementType, elements, shape)
        : Create(input, [.. elements.Select(static value => (long)MathF.Round(value))], shape);

    private static OnnxTensor Create(OnnxValueInfo input, long[] elements, nint[] shape) => input.ElementType == OnnxElementType.Boolean
        ? OnnxTensor.Create([.. elements.Select(static value => value != 0)], shape)
        : OnnxTensor.Create<long>(input.ElementType, elements, shape);

    private static bool IsFloat(OnnxElementType type) =>
        type is OnnxElementType.Float32 or OnnxElementType.Float64 or OnnxElementType.Float16 or OnnxElementType.BFloat16
        or (>= OnnxElementType.Float8E4M3FN and <= OnnxElementType.Float8E5M2FNUZ);

    private static float[]? ToFloats(NpyArray array) => array.Elements switch
    {
        float[] values => values,
        Half[] or double[] => Array.ConvertAll(array.ToDoubles(), static value => (float)value),
        _ => null,
    };

    // By name: to the runtime, an array of unsigned integers is one of signed ones, too.
    private static long[]? ToLongs(NpyArray array) => array.ElementType switch
    {
        "int64" => (long[])array.Elements,
        "int32" => Array.ConvertAll((int[])array.Elements, static value => (long)value),
        "int16" => Array.ConvertAll((short[])array.Elements, static value => (long)value),
        "int8" => Array.ConvertAll((sbyte[])array.Elements, static value => (long)value),
        "uint64" => Array.ConvertAll((ulong[])array.Elements,
            static value => value <= long.MaxValue
            ? (long)value : throw new ArgumentException($"unsigned integers are supported up to {long.MaxValue}")),
        "uint32" => Array.ConvertAll((uint[])array.Elements, static value => (long)value),
        "uint16" => Array.ConvertAll((ushort[])array.Elements, static value => (long)value),
        "uint8" => Array.ConvertAll((byte[])array.Elements, static value => (long)value),
        "bool" => Array.ConvertAll((bool[])array.Elements, static value => value ? 1L : 0),
        _ => null,
    };

    private static T[] Convert<TSource, T>(ReadOnlySpan<TSource> elements, Func<TSource, T> convert)
    {
        var converted = new T[elements.Length];
        for (int i = 0; i < converted.Length; i++) converted[i] = convert(elements[i]);
        return converted;
    }

    private static long[] ToLongs(OnnxTensor tensor)
    {
        if (tensor.ElementType != OnnxElementType.Boolean) return tensor.Integers.ToArray();
        var longs = new long[tensor.Length];
        for (int i = 0; i < longs.Length; i++) longs[i] = tensor.Booleans[i] ? 1 : 0;
        return longs;
    }
}
