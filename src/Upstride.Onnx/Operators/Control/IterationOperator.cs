using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Control;

/// <summary><c>Loop</c> or <c>Scan</c> whose graph has the same types in every turn: it is made ready once, and run.</summary>
/// <param name="body">All its types are known.</param>
/// <param name="iteration">How it is run.</param>
/// <param name="limits">What a run may cost.</param>
internal sealed class IterationOperator(Graph body, Iteration iteration, OnnxLimits limits) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        var types = new List<TensorType>();
        for (int i = iteration.FirstResult; i < body.Outputs.Length; i++)
        {
            TensorType type = body.Outputs[i].Type!.Value;
            int collected = i - iteration.FirstResult - iteration.States;
            if (collected >= 0)
            {
                var lengths = new List<nint>(type.Shape.Lengths.ToArray());
                lengths.Insert(iteration.Collected[collected].Axis, (nint)iteration.Trips!.Value);
                type = type.WithShape(new([.. lengths]));
            }
            types.Add(type);
        }
        return [.. types];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        var owned = new OwnedExecutables();
        Executable turn = owned.Add(body, settings, limits);
        long values = body.Inputs.Concat(body.Outputs).Sum(static value => value.Type!.Value.Bytes);
        return new(frame => Run(frame, turn))
        {
            Algorithm = iteration.Trips is { } known ? $"{known} turns" : "turns",
            Flops = iteration.Trips is { } trips ? (long)Math.Min(long.MaxValue / 4, (double)trips * Math.Max(1, turn.Flops)) : turn.Flops,
            WorkspaceBytes = turn.RunBytes + values,
            WeightBytes = turn.WeightBytes,
            Owned = owned,
        };
    }

    /// <summary>Runs it.</summary>
    /// <param name="frame">Its inputs, and its outputs that are states.</param>
    /// <param name="turn">The body, made ready.</param>
    /// <param name="collect">Takes the results of each turn, which last until the next; null where they go into the frame's outputs.
    /// </param>
    public void Run(NodeContext frame, Executable turn, Action<OnnxTensor[]>? collect = null)
    {
        var given = new OnnxTensor?[body.Inputs.Length];
        OnnxTensor[] results = NewResults();
        int first = iteration.FirstFormal, node = iteration.FirstState;
        long trips = iteration.Trips ?? (iteration.TripInput >= 0 ? frame.Input<long>(iteration.TripInput)[0] : iteration.MostTrips);
        bool condition = iteration.ConditionInput < 0 || frame.Input<bool>(iteration.ConditionInput)[0];
        for (int i = 0; i < iteration.States; i++) given[first + i] = frame.InputTensor(node + i);
        for (int i = first + iteration.States + iteration.Slices.Length; i < given.Length; i++)
            given[i] = frame.InputTensor(node + i - first);

        // States alternate between two places: a turn reads the one and writes the other.
        OnnxTensor[] others = [.. results];
        for (int i = iteration.FirstResult; i < iteration.FirstResult + iteration.States; i++) others[i] = New(results[i].Type);
        for (long count = 0; count < trips && condition; count++)
        {
            frame.CancellationToken.ThrowIfCancellationRequested();
            RequireWithin(count + 1, turn.Flops);
            if (iteration.Counted)
            {
                given[0] = OnnxTensor.Create([count], [.. body.Inputs[0].Type!.Value.Shape.Lengths]);
                given[1] = new(body.Inputs[1].Type!.Value, new[] { true });
            }
            for (int i = 0; i < iteration.Slices.Length; i++)
                given[first + iteration.States + i] = Slice(frame, i, iteration.Slices[i].Backwards ? trips - 1 - count : count);
            turn.Run(given, results, frame.CancellationToken);
            if (iteration is { Counted: true, GoesOn: false }) condition = results[0].Booleans[0];
            for (int i = 0; i < iteration.States; i++) given[first + i] = results[iteration.FirstResult + i];
            collect?.Invoke(results);
            for (int i = 0; collect is null && i < iteration.Collected.Length; i++)
                Collect(frame, i, results[iteration.FirstResult + iteration.States + i],
                    (int)(iteration.Collected[i].Backwards ? trips - 1 - count : count), (int)trips);
            (results, others) = (others, results);
        }
        for (int i = 0; i < iteration.States; i++) frame.Write(i, given[first + i]!);
    }

    private void RequireWithin(long count, long flops)
    {
        if (iteration.Trips is not null) return;
        if (count > limits.MaximalIterations)
            throw new OnnxUnsupportedException(
                $"more than settings.Limits.MaximalIterations = {limits.MaximalIterations} turns: allow more, "
                + "if it ends");
        if ((double)count * flops > limits.MaximalOperations)
            throw new OnnxUnsupportedException($"{count} turns take {count} * {flops} operations, and settings.Limits.MaximalOperations = "
                + $"{limits.MaximalOperations}: allow more, if it ends");
    }

    private OnnxTensor[] NewResults() => [.. body.Outputs.Select(static output => New(output.Type!.Value))];

    private static OnnxTensor New(TensorType type) => new(type, type.NewArray());

    private OnnxTensor Slice(NodeContext frame, int index, long place)
    {
        OnnxTensor whole = frame.InputTensor(iteration.FirstState + iteration.States + index);
        OnnxTensor slice = New(body.Inputs[iteration.FirstFormal + iteration.States + index].Type!.Value);
        AxisSplit split = AxisSplit.Of(whole.Type.Shape, iteration.Slices[index].Axis);
        switch (whole.Type.Storage)
        {
            case Storage.Float: Copy<float>(whole, split, (int)place, slice.Writable<float>()); break;
            case Storage.Integer: Copy<long>(whole, split, (int)place, slice.Writable<long>()); break;
            default: Copy<bool>(whole, split, (int)place, slice.Writable<bool>()); break;
        }
        return slice;

        static void Copy<T>(OnnxTensor from, AxisSplit split, int place, Span<T> to) where T : unmanaged
        {
            for (int outer = 0; outer < split.Outer; outer++)
                from.Elements<T>().Slice(((outer * split.Length) + place) * split.Inner, split.Inner).CopyTo(to[(outer * split.Inner)..]);
        }
    }

    private void Collect(NodeContext frame, int index, OnnxTensor result, int place, int trips)
    {
        int output = iteration.States + index, inner = result.Type.Shape.CountOfAxes(iteration.Collected[index].Axis,
            result.Type.Shape.Rank);
        switch (result.Type.Storage)
        {
            case Storage.Float: Copy(result.Floats, frame.Output<float>(output), inner, place, trips); break;
            case Storage.Integer: Copy(result.Integers, frame.Output<long>(output), inner, place, trips); break;
            default: Copy(result.Booleans, frame.Output<bool>(output), inner, place, trips); break;
        }

        static void Copy<T>(ReadOnlySpan<T> from, Span<T> to, int inner, int place, int trips)
        {
            if (to.IsEmpty) return;
            for (int outer = 0; outer * inner < from.Length; outer++)
                from.Slice(outer * inner, inner).CopyTo(to[(((outer * trips) + place) * inner)..]);
        }
    }
}
