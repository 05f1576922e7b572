using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Threads;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>An operator that is one function of one number, such as <c>Exp</c> or <c>Elu</c>.</summary>
/// <param name="floats">The function of floating-point numbers.</param>
/// <param name="integers">The function of integers; null where the operator has none.</param>
/// <param name="activation">The same as an activation; null where it is none.</param>
internal sealed class UnaryOperator(ParallelRanges.Body<float, float> floats, ParallelRanges.Body<long, long>? integers = null,
    Activation? activation = null) : PointwiseOperator
{
    /// <summary>The function with its parameters, where it is one over vectors.</summary>
    public IVectorFunction? Function { get; private init; }

    protected override bool TakesIntegers => integers is not null;

    /// <summary>The operator of a function over vectors.</summary>
    public static UnaryOperator Of<TFunction>(TFunction function, Activation? activation = null)
        where TFunction : struct, IVectorFunction =>
        new((input, destination) => VectorFunction.Apply(function, input, destination), activation: activation) { Function = function };

    public override Activation? AsActivation(NodeInputs inputs) => inputs[0].Storage == Tensors.Storage.Float ? activation : null;

    /// <summary>The function over vectors as an activation of this name; null where it is none.</summary>
    public Activation? AsFunction(string name) =>
        Function is null ? null : Activation.Function(name, values => floats(values, values));

    protected override void Apply(ReadOnlySpan<float> input, Span<float> destination) => floats(input, destination);

    protected override void Apply(ReadOnlySpan<long> input, Span<long> destination) => integers!(input, destination);
}
