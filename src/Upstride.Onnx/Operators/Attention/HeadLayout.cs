using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Attention;

/// <summary>
/// Where the heads of a tensor lie: [batch, heads, length, size], or with <paramref name="Inside"/> [batch, length, heads * size].
/// </summary>
internal readonly record struct HeadLayout(int Batch, int Heads, int Length, int Size, bool Inside)
{
    /// <summary>Of an input of 4 axes, or of 3 and the attribute that says how many heads there are.</summary>
    /// <exception cref="OnnxFormatException">Other axes, or a last one that is not so many heads.</exception>
    public static HeadLayout Of(NodeInputs inputs, int input, int heads, string attribute)
    {
        TensorShape shape = inputs.Float(input).Shape;
        if (shape.Rank == 4)
        {
            return heads is 0 || heads == shape[1] ? new(shape[0], shape[1], shape[2], shape[3], Inside: false)
                : throw inputs.Fault($"input {input} is {inputs[input]}, and {attribute} = {heads} must be its axis 1");
        }
        return shape.Rank == 3 && heads > 0 && shape[2] % heads == 0
            ? new(shape[0], heads, shape[1], shape[2] / heads, Inside: true)
            : throw inputs.Fault($"input {input} is {inputs[input]}, and must be [batch, heads, length, size], or [batch, length, heads * "
                + $"size] with {attribute}, which is {heads}");
    }

    /// <summary>Elements from a place to the next.</summary>
    public int Pitch => Inside ? Heads * Size : Size;

    /// <summary>Where a place of a head begins.</summary>
    public int Start(int batch, int head, int place) => Inside
        ? (((batch * Length) + place) * Heads * Size) + (head * Size)
        : ((((batch * Heads) + head) * Length) + place) * Size;
}
