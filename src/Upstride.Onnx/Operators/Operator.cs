using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>
/// What one node of a graph computes, its attributes read. Immutable: one instance serves every shape and every thread.
/// <list type="bullet">
/// <item>The constructor takes the <see cref="NodeAttributes"/> and reads each attribute that the operator has at the node's opset.</item>
/// <item><see cref="Infer"/> finds the outputs' element types and shapes, and refuses inputs that break the specification's rules.</item>
/// <item><see cref="Prepare"/> does for these shapes what need be done but once, and returns the computation.</item>
/// </list>
/// An operator is found by its row in <see cref="OperatorTable"/>.
/// </summary>
internal abstract class Operator
{
    /// <summary>
    /// Whether output 0 shows the elements of input 0, all of them in their order, under another shape: no computation is prepared then.
    /// </summary>
    public virtual bool IsView => false;

    /// <summary>Whether it makes something else in each run of the same inputs, so that nothing is computed before a run.</summary>
    public virtual bool ComputesAnew => false;

    /// <summary>The outputs' types, one for each that the operator defines up to the last that the node names.</summary>
    /// <exception cref="OnnxFormatException">Inputs that break a rule; <see cref="NodeInputs"/> makes most of these.</exception>
    public abstract ImmutableArray<TensorType> Infer(NodeInputs inputs);

    /// <summary>
    /// The computation for inputs of exactly these types. It reads every input that is not missing through the frame, also a constant one.
    /// </summary>
    /// <param name="inputs">As <see cref="Infer"/> was given them.</param>
    /// <param name="outputs">What <see cref="Infer"/> returned.</param>
    /// <param name="settings">Threads and memory.</param>
    public abstract PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings);

    /// <summary>
    /// Output 0 where it follows from the inputs' types alone, as the output of <c>Shape</c> does: nothing is computed then. Null for every
    /// other operator.
    /// </summary>
    public virtual OnnxTensor? AsConstant(NodeInputs inputs) => null;

    /// <summary>
    /// Whether output 0 may be written over <paramref name="input"/>, which nothing else reads: true where each element is read before its
    /// place is written, and not again. Asked only where both have as many bytes.
    /// </summary>
    public virtual bool MayOverwrite(int input, NodeInputs inputs) => false;

    /// <summary>
    /// Where an output lies in input 0, in elements, if its elements are a run of that input's; null where they are not. The computation
    /// copies nothing then, if it finds the output there.
    /// </summary>
    public virtual int? PlaceInInput(NodeInputs inputs, int output) => null;

    /// <summary>
    /// Where an input lies in output 0, in elements, if its elements are a run of that output's; null where they are not. The computation
    /// copies nothing then, if it finds the input there.
    /// </summary>
    public virtual int? PlaceOfInput(NodeInputs inputs, int input) => null;

    /// <summary>
    /// The operator as an activation of one input, input 0, that a convolution before it can apply to its outputs; null where it is none.
    /// </summary>
    public virtual Activation? AsActivation(NodeInputs inputs) => null;

    /// <summary>
    /// The operator as <c>scale[c] * x + shift[c]</c> for the channels c of input 0, [batch, channels, ...], which the convolution before
    /// it can take into its weights; null where it is none, or is not known before the model runs.
    /// </summary>
    public virtual (float[] Scale, float[] Shift)? AsChannelAffine(NodeInputs inputs) => null;

    /// <summary>
    /// For each spatial axis of input 0, [batch, channels, sizes...], the integer s where output o is input o / s rounded down; null where
    /// the operator does anything else.
    /// </summary>
    public virtual int[]? AsNearestEnlargement(NodeInputs inputs) => null;

    /// <summary>
    /// The same operator with its indices (output 1 of <c>MaxPool</c>, input 1 of <c>MaxUnpool</c>) counted within each plane instead of
    /// over the whole tensor, and the elements of such a plane; null where it has none.
    /// </summary>
    public virtual (Operator Operator, int Plane)? WithPlaneIndices(NodeInputs inputs) => null;

    /// <summary>
    /// The operator that does the same to inputs whose axes are in another order, and gives its outputs in that order, with the number of
    /// inputs that it still reads; null where there is none. Inputs that broadcast have as many axes as input 0 then.
    /// </summary>
    /// <param name="inputs">The inputs in the order that they have now.</param>
    /// <param name="places">For each axis its place in the other order.</param>
    public virtual (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => null;
}
