using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Recurrent;

/// <summary>
/// What <c>RNN</c>, <c>GRU</c> and <c>LSTM</c> share: a state that goes through a sequence, forwards, backwards or both. Inputs are X,
/// [steps, batch, features], W, R, B, the lengths of the sequences and the first state; outputs all states, [steps, directions, batch,
/// hidden], and the last. With <c>layout</c> 1 the batch comes first. The products of X and W are made for all steps at once.
/// </summary>
internal abstract class RecurrentOperator : Operator
{
    private readonly int _gates;
    private readonly int _hidden;
    private readonly bool _batchFirst;
    private readonly bool _firstBackwards;
    private readonly float _clip;

    /// <param name="node">The node.</param>
    /// <param name="gates">How many gates there are, each of which has rows of W and R.</param>
    /// <param name="functions">The functions of one direction where none are named.</param>
    protected RecurrentOperator(NodeAttributes node, int gates, params string[] functions)
    {
        if (node.Opset < 7) throw node.Unsupported("recurrent operators are supported from opset 7 on");
        _gates = gates;
        if (!node.Has("hidden_size")) throw node.Fault("attribute hidden_size is missing, and the operator needs it");
        _hidden = node.Int32("hidden_size", 0);
        if (_hidden < 1) throw node.Fault($"attribute hidden_size = {_hidden}, and must be at least 1");
        (Directions, _firstBackwards) = node.Choice("direction", "forward",
            ("forward", (1, false)), ("reverse", (1, true)), ("bidirectional", (2, false)));
        _batchFirst = node.Opset >= 14 && node.Flag("layout", fallback: false);
        _clip = node.Float("clip", float.PositiveInfinity);
        if (!(_clip >= 0)) throw node.Fault($"attribute clip = {_clip}, and must not be negative");
        Functions = GateFunctions.Of(node, Directions, functions);
        FunctionsOfDirection = functions.Length;
        IsUsual = float.IsPositiveInfinity(_clip) && GateFunctions.AreUsual(node, functions);
    }

    protected int Directions { get; }

    /// <summary>The functions of all directions, one after another.</summary>
    protected ParallelRanges.Body<float, float>[] Functions { get; }

    protected int FunctionsOfDirection { get; }

    /// <summary>Whether the functions of all gates are those that stand where none are named, of sums that are not bounded.</summary>
    protected bool IsUsual { get; }

    /// <summary>The length of the state.</summary>
    protected int Hidden => _hidden;

    /// <summary>Whether a second state, the cell, goes along: inputs 6 and 7 are its first value and its peepholes, output 2 the
    /// last.</summary>
    protected virtual bool HasCell => false;

    /// <summary>Whether the last gate's product with R is made of a state that <see cref="Step"/> changes before it is.</summary>
    protected virtual bool LastGateIsLate => false;

    public sealed override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if (input.Shape.Rank != 3) throw inputs.Fault($"input 0 is {input}, and must have 3 axes");
        (int steps, int batch) = _batchFirst ? (input.Shape[1], input.Shape[0]) : (input.Shape[0], input.Shape[1]);
        long rows = (long)_gates * _hidden;
        Require(inputs, 1, [Directions, rows, input.Shape[2]]);
        Require(inputs, 2, [Directions, rows, _hidden]);
        if (inputs.Has(3)) Require(inputs, 3, [Directions, 2 * rows]);
        if (inputs.Has(4) && (inputs.Require(4, Storage.Integer).Shape is not { Rank: 1 } lengths || lengths[0] != batch))
            throw inputs.Fault($"the lengths of the sequences are {inputs[4]}, and must be [{batch}]");
        long[] state = _batchFirst ? [batch, Directions, _hidden] : [Directions, batch, _hidden];
        if (inputs.Has(5)) Require(inputs, 5, state);
        if (HasCell && inputs.Has(6)) Require(inputs, 6, state);
        if (HasCell && inputs.Has(7)) Require(inputs, 7, [Directions, 3L * _hidden]);
        TensorType all = input.WithShape(TensorShape.Of(_batchFirst
            ? [batch, steps, Directions, _hidden] : (ReadOnlySpan<long>)[steps, Directions, batch, _hidden]));
        TensorType last = input.WithShape(TensorShape.Of(state));
        return HasCell ? [all, last, last] : [all, last];
    }

    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        (int steps, int batch) = _batchFirst ? (shape[1], shape[0]) : (shape[0], shape[1]);
        int features = shape[2], rows = _gates * _hidden;
        long products = (long)steps * batch * rows, elements = products + (2L * batch * rows) + (4L * batch * _hidden);
        _ = new TensorShape(steps, batch, rows);

        // Constant weights are packed once; others in each run.
        Weights[]? packed = inputs.Constant(1) is { } w && inputs.Constant(2) is { } r
            ? PackAll(w.Floats, r.Floats, steps, batch, features, settings) : null;
        return new(frame =>
        {
            Weights[] weights = packed
                ?? PackAll(frame.Input<float>(1), frame.Input<float>(2), steps, batch, features, settings);
            try
            {
                frame.Output<float>(0).Clear();
                for (int direction = 0; direction < Directions; direction++)
                    RunDirection(frame, inputs, direction, weights[direction], steps, batch, features, settings);
            }
            finally
            {
                if (packed is null)
                    foreach (Weights one in weights) one.Dispose();
            }
        })
        {
            Flops = checked(2 * Directions * products * (features + (long)_hidden + 4)),
            WorkspaceBytes = elements * sizeof(float),
            WeightBytes = packed is null ? 0 : (inputs[1].Bytes + inputs[2].Bytes),
            Owned = packed is null ? null : new Several(packed),
        };
    }

    /// <summary>
    /// Takes the state of one sequence a step on. <paramref name="gates"/> holds X W + its bias, [gates * hidden], and
    /// <paramref name="products"/> H R.
    /// </summary>
    /// <param name="direction">Which direction.</param>
    /// <param name="gates">May be overwritten.</param>
    /// <param name="products">May be overwritten.</param>
    /// <param name="bias">The bias of R; zeros for none.</param>
    /// <param name="peepholes">Of the cell; empty for none.</param>
    /// <param name="state">The state, to be replaced.</param>
    /// <param name="cell">The cell, to be replaced; empty where there is none.</param>
    protected abstract void Step(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> peepholes, Span<float> state, Span<float> cell);

    /// <summary>The first half of a step where <see cref="LastGateIsLate"/>: writes the state that the last gate's product is of.</summary>
    protected virtual void StepEarly(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> state, Span<float> lateState)
    {
    }

    /// <summary>A gate's sums, bounded, through its function.</summary>
    protected void Apply(int direction, int function, Span<float> sums)
    {
        if (!float.IsPositiveInfinity(_clip)) TensorPrimitives.Clamp(sums, -_clip, _clip, sums);
        Functions[(direction * FunctionsOfDirection) + function](sums, sums);
    }

    /// <summary>The elements of one gate.</summary>
    protected Span<float> Gate(Span<float> all, int gate) => all.Slice(gate * _hidden, _hidden);

    /// <inheritdoc cref="Gate(Span{float}, int)"/>
    protected ReadOnlySpan<float> Gate(ReadOnlySpan<float> all, int gate) => all.Slice(gate * _hidden, _hidden);

    // Thousands of steps go through here within one call: a loop that is optimised only after some calls would be slow for as many runs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunDirection(NodeContext frame, NodeInputs inputs, int direction, Weights weights, int steps, int batch, int features,
        ComputeSettings settings)
    {
        int rows = _gates * _hidden;
        ReadOnlySpan<float> bias = Slice(frame.Input<float>(3), direction, 2 * rows);
        if (bias.IsEmpty) bias = new float[2 * rows];
        ReadOnlySpan<float> own = bias[rows..],
            peepholes = HasCell ? Slice(frame.Input<float>(7), direction, 3 * _hidden) : default;
        ReadOnlySpan<long> lengths = frame.Input<long>(4);
        foreach (long length in lengths)
            if (length < 0 || length > steps) throw inputs.Fault($"the length of a sequence is {length}, and must be from 0 to {steps}");

        // Rows of X in its own order: the batch is inside or outside of the steps.
        var gates = new float[steps * batch * rows];
        weights.Input.Run(frame.Input<float>(0), default, gates);
        for (int row = 0; row < steps * batch; row++)
        {
            Span<float> sums = gates.AsSpan(row * rows, rows);
            TensorPrimitives.Add(sums, bias[..rows], sums);
        }

        float[] state = new float[batch * _hidden], cell = HasCell ? new float[batch * _hidden] : [], products = new float[batch * rows],
            late = LastGateIsLate ? new float[batch * _hidden] : [], lateProducts = LastGateIsLate ? new float[batch * _hidden] : [];
        for (int b = 0; b < batch; b++)
        {
            StateOf(frame.Input<float>(5), direction, b, batch).CopyTo(state.AsSpan(b * _hidden, _hidden));
            if (HasCell) StateOf(frame.Input<float>(6), direction, b, batch).CopyTo(cell.AsSpan(b * _hidden, _hidden));
        }
        bool backwards = _firstBackwards || direction == 1;
        Span<float> all = frame.Output<float>(0);
        for (int step = 0; step < steps; step++)
        {
            frame.CancellationToken.ThrowIfCancellationRequested();
            weights.State.Run(state, default, products);
            for (int b = 0; b < batch && LastGateIsLate; b++)
            {
                if (TimeOf(step, b, lengths, steps, backwards) is { } early)
                    StepEarly(direction, gates.AsSpan(RowOf(early, b) * rows, rows), products.AsSpan(b * rows, rows), own,
                        state.AsSpan(b * _hidden, _hidden), late.AsSpan(b * _hidden, _hidden));
            }
            if (LastGateIsLate)
            {
                weights.LastGate!.Run(late, default, lateProducts);
                for (int b = 0; b < batch; b++)
                    lateProducts.AsSpan(b * _hidden, _hidden).CopyTo(Gate(products.AsSpan(b * rows, rows), _gates - 1));
            }
            for (int b = 0; b < batch; b++)
            {
                if (TimeOf(step, b, lengths, steps, backwards) is not { } time) continue;
                Span<float> here = state.AsSpan(b * _hidden, _hidden);
                Step(direction, gates.AsSpan(RowOf(time, b) * rows, rows), products.AsSpan(b * rows, rows), own, peepholes, here,
                    HasCell ? cell.AsSpan(b * _hidden, _hidden) : default);
                if (all.IsEmpty) continue;
                int at = _batchFirst ? (((b * steps) + time) * Directions) + direction : (((time * Directions) + direction) * batch) + b;
                here.CopyTo(all.Slice(at * _hidden, _hidden));
            }
        }
        for (int b = 0; b < batch; b++)
        {
            if (!frame.Output<float>(1).IsEmpty)
                state.AsSpan(b * _hidden, _hidden).CopyTo(frame.Output<float>(1)[StateAt(direction, b, batch)..]);
            if (HasCell && !frame.Output<float>(2).IsEmpty)
                cell.AsSpan(b * _hidden, _hidden).CopyTo(frame.Output<float>(2)[StateAt(direction, b, batch)..]);
        }

        int RowOf(int time, int b) => _batchFirst ? (b * steps) + time : (time * batch) + b;
    }

    // Which time of a sequence comes in a step; none after its end.
    private static int? TimeOf(int step, int b, ReadOnlySpan<long> lengths, int steps, bool backwards)
    {
        int length = lengths.IsEmpty ? steps : (int)lengths[b];
        return step >= length ? null : backwards ? length - 1 - step : step;
    }

    private int StateAt(int direction, int b, int batch) =>
        (_batchFirst ? (b * Directions) + direction : (direction * batch) + b) * _hidden;

    private ReadOnlySpan<float> StateOf(ReadOnlySpan<float> states, int direction, int b, int batch) =>
        states.IsEmpty ? states : states.Slice(StateAt(direction, b, batch), _hidden);

    private static ReadOnlySpan<float> Slice(ReadOnlySpan<float> all, int direction, int length) =>
        all.IsEmpty ? all : all.Slice(direction * length, length);

    private static void Require(NodeInputs inputs, int input, ReadOnlySpan<long> lengths)
    {
        inputs.Float(input);
        if (inputs.Shape(input) != TensorShape.Of(lengths))
            throw inputs.Fault($"input {input} is {inputs[input]}, and must be {TensorShape.Of(lengths)}");
    }

    private Weights[] PackAll(ReadOnlySpan<float> w, ReadOnlySpan<float> r, int steps, int batch, int features, ComputeSettings settings)
    {
        var all = new Weights[Directions];
        int rows = _gates * _hidden;
        for (int direction = 0; direction < Directions; direction++)
        {
            ReadOnlySpan<float> own = Slice(r, direction, rows * _hidden);
            all[direction] = new(
                Pack((steps * batch, features, rows), Slice(w, direction, rows * features), settings),
                Pack((batch, _hidden, rows), own, settings),
                LastGateIsLate ? Pack((batch, _hidden, _hidden), own[((_gates - 1) * _hidden * _hidden)..], settings) : null);
        }
        return all;
    }

    private static MatrixProduct Pack((int Rows, int Depth, int Columns) sizes, ReadOnlySpan<float> weight, ComputeSettings settings) =>
        new(sizes, transposed: true, OnnxTensor.Create(weight, sizes.Columns, sizes.Depth), default, settings);

    /// <summary>The products by the weights of one direction.</summary>
    private sealed record Weights(MatrixProduct Input, MatrixProduct State, MatrixProduct? LastGate) : IDisposable
    {
        public void Dispose()
        {
            Input.Dispose();
            State.Dispose();
            LastGate?.Dispose();
        }
    }

    private sealed class Several(IReadOnlyList<IDisposable> owned) : IDisposable
    {
        public void Dispose()
        {
            foreach (IDisposable one in owned) one.Dispose();
        }
    }
}
