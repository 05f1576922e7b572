using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>The inputs of one node as they are known before it runs: types, and the elements of constants.</summary>
/// <param name="node">What messages call the node.</param>
/// <param name="types">The type of each input; null where the node leaves it out.</param>
/// <param name="constants">The constant of each input; null where it has none.</param>
/// <param name="wanted">For each output, whether the node names it.</param>
internal sealed class NodeInputs(string node, TensorType?[] types, OnnxTensor?[] constants, bool[] wanted)
{
    /// <summary>Inputs that the node names, with those left out between them.</summary>
    public int Count => types.Length;

    /// <summary>Outputs that the node names, with those left out between them.</summary>
    public int OutputCount => wanted.Length;

    /// <summary>The types of the inputs; null for one that the node leaves out.</summary>
    public ReadOnlySpan<TensorType?> Types => types;

    /// <summary>The same without the elements of constants.</summary>
    public NodeInputs WithoutConstants() => new(node, types, [], wanted);

    /// <summary>The type of an input that must be there.</summary>
    /// <exception cref="OnnxFormatException">The node leaves it out.</exception>
    public TensorType this[int input] =>
        Has(input) ? types[input]!.Value : throw Fault($"input {input} is needed, and the node has {Present()}");

    /// <summary>The shape of an input that must be there.</summary>
    /// <exception cref="OnnxFormatException">The node leaves it out.</exception>
    public TensorShape Shape(int input) => this[input].Shape;

    /// <summary>Whether the node names the input.</summary>
    public bool Has(int input) => input < types.Length && types[input] is not null;

    /// <summary>Whether the node names the output, so that somebody may read it.</summary>
    public bool Wants(int output) => output < wanted.Length && wanted[output];

    /// <summary>The type of an input that must be there and be held as <paramref name="storage"/>.</summary>
    /// <exception cref="OnnxFormatException">It is left out, or of another kind.</exception>
    public TensorType Require(int input, Storage storage)
    {
        TensorType type = this[input];
        return type.Storage == storage ? type : throw Fault($"input {input} is {type}, and must be {storage.Text}");
    }

    /// <summary>The type of an input that must be there and hold floating-point numbers.</summary>
    /// <exception cref="OnnxFormatException">It is left out, or of another kind.</exception>
    public TensorType Float(int input) => Require(input, Storage.Float);

    /// <summary>The constant behind an input; null where it is left out or computed as the model runs.</summary>
    public OnnxTensor? Constant(int input) => input < constants.Length ? constants[input] : null;

    /// <summary>The integers of an input, on which the shapes of the outputs depend.</summary>
    /// <exception cref="OnnxFormatException">It is left out, or holds no integers.</exception>
    /// <exception cref="ValueNeededException">It is not known yet: the compiler sees to it and asks again.</exception>
    public ReadOnlySpan<long> Integers(int input)
    {
        Require(input, Storage.Integer);
        return (Constant(input) ?? throw new ValueNeededException(input)).Integers;
    }

    /// <summary>The floating-point numbers of an input, on which the shapes of the outputs depend.</summary>
    /// <exception cref="OnnxFormatException">It is left out, or holds no floating-point numbers.</exception>
    /// <exception cref="ValueNeededException">It is not known yet: the compiler sees to it and asks again.</exception>
    public ReadOnlySpan<float> Floats(int input)
    {
        Require(input, Storage.Float);
        return (Constant(input) ?? throw new ValueNeededException(input)).Floats;
    }

    /// <summary>The truth values of an input, on which the shapes of the outputs depend.</summary>
    /// <exception cref="OnnxFormatException">It is left out, or holds no truth values.</exception>
    /// <exception cref="ValueNeededException">It is not known yet: the compiler sees to it and asks again.</exception>
    public ReadOnlySpan<bool> Booleans(int input)
    {
        Require(input, Storage.Boolean);
        return (Constant(input) ?? throw new ValueNeededException(input)).Booleans;
    }

    /// <summary>An axis counted from the front; a negative one counts from the back.</summary>
    /// <exception cref="OnnxFormatException">There is no such axis.</exception>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Fault($"axis = {axis}, and must be from {-rank} to {rank - 1} for {rank} axes");

    /// <summary>A fault of the graph at this node.</summary>
    public OnnxFormatException Fault(string fault) => new(fault, node);

    private string Present() => types.Count(static type => type is not null) switch { 0 => "none", 1 => "1", var count => $"{count}" };
}
