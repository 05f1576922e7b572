using Upstride.Files;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>A model's tensors as <c>.npy</c> files.</summary>
internal static class TensorFile
{
    /// <summary>An array as the input of a model: floating-point numbers where the model wants those, else integers.</summary>
    /// <exception cref="CommandException">The model wants another kind of element.</exception>
    public static OnnxTensor Read(NpyArray array, OnnxValueInfo input, string path)
    {
        nint[] shape = [.. array.Shape.Select(static length => (nint)length)];
        return (IsFloat(input.ElementType), array.Elements) switch
        {
            (true, float[] floats) => Create(input, floats, shape),
            (true, double[] doubles) => Create(input, [.. doubles.Select(static value => (float)value)], shape),
            (false, long[] longs) => Create(input, longs, shape),
            (false, int[] integers) => Create(input, [.. integers.Select(static value => (long)value)], shape),
            _ => throw CommandException.BadInput("input", $"'{path}' holds {array}, and the model needs {input}: convert it with astype"),
        };
    }

    /// <summary>A tensor as an array: float32 or int64; booleans as 0 and 1.</summary>
    public static NpyArray ToArray(OnnxTensor tensor) =>
        new([.. tensor.Shape.Select(static length => checked((int)length))], IsFloat(tensor.ElementType) ? tensor.Floats.ToArray() : ToLongs(tensor));

    /// <summary>The elements as floating-point numbers.</summary>
    public static float[] ToFloats(OnnxTensor tensor) =>
        IsFloat(tensor.ElementType) ? tensor.Floats.ToArray() : [.. ToLongs(tensor).Select(static value => (float)value)];

    /// <summary>Numbers as the tensor of an input; rounded where it wants integers.</summary>
    public static OnnxTensor Create(OnnxValueInfo input, float[] elements, nint[] shape) =>
        IsFloat(input.ElementType) ? OnnxTensor.Create<float>(input.ElementType, elements, shape) : Create(input, [.. elements.Select(static value => (long)MathF.Round(value))], shape);

    private static OnnxTensor Create(OnnxValueInfo input, long[] elements, nint[] shape) => input.ElementType == OnnxElementType.Boolean
        ? OnnxTensor.Create([.. elements.Select(static value => value != 0)], shape)
        : OnnxTensor.Create<long>(input.ElementType, elements, shape);

    private static bool IsFloat(OnnxElementType type) =>
        type is OnnxElementType.Float32 or OnnxElementType.Float64 or OnnxElementType.Float16 or OnnxElementType.BFloat16;

    private static long[] ToLongs(OnnxTensor tensor)
    {
        if (tensor.ElementType != OnnxElementType.Boolean) return tensor.Integers.ToArray();
        var longs = new long[tensor.Length];
        for (int i = 0; i < longs.Length; i++) longs[i] = tensor.Booleans[i] ? 1 : 0;
        return longs;
    }
}
