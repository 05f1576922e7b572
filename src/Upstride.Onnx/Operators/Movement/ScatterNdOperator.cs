using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>ScatterND</c>: input 0 with slices replaced by those of input 2, or from opset 16 on combined with them; each row of input 1 names
/// the place of one. They are taken in order.
/// </summary>
internal sealed class ScatterNdOperator(NodeAttributes node) : Operator
{
    private readonly Combination _combination = Combinations.Read(node);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Require(1, Storage.Integer).Shape,
            updates = BinaryRules.RequireSameElements(inputs, 2, 0).Shape;
        if (indices.Rank == 0 || data.Rank == 0 || indices[indices.Rank - 1] > data.Rank)
            throw inputs.Fault(
                $"the indices are {inputs[1]} and the data {inputs[0]}: the last axis of the indices must have from 0 to {data.Rank} "
                    + $"numbers");
        TensorShape needed = new([.. indices.Lengths[..^1], .. data.Lengths[indices[indices.Rank - 1]..]]);
        if (updates != needed) throw inputs.Fault($"the updates are {inputs[2]}, and must be {needed}");
        _combination.RequireFits(inputs);
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType element = outputs[0].Element;

        // Indices that are known are read once.
        List<Run>? known = inputs.Constant(1) is { } places ? Runs(places.Integers, inputs) : null;
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Scatter<float>(frame, inputs, known, Combining<float>())),
            Storage.Integer => new(frame =>
            {
                Scatter<long>(frame, inputs, known, Combining<long>());
                element.Wrap(frame.Output<long>(0));
            }),
            _ => new(frame => Scatter<bool>(frame, inputs, known, combine: null)),
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    private Func<T, T, T>? Combining<T>() where T : INumber<T> =>
        _combination == Combination.None ? null : (there, update) => _combination.Combine(there, update);

    private static void Scatter<T>(NodeContext frame, NodeInputs inputs, List<Run>? known, Func<T, T, T>? combine) where T : unmanaged
    {
        ReadOnlySpan<T> updates = frame.Input<T>(2);
        Span<T> destination = frame.Output<T>(0);
        frame.Input<T>(0).CopyTo(destination);
        foreach (Run run in known ?? Runs(frame.Input<long>(1), inputs))
        {
            ReadOnlySpan<T> source = updates.Slice(run.From, run.Length);
            Span<T> target = destination.Slice(run.To, run.Length);
            if (combine is null) source.CopyTo(target);
            else
                for (int i = 0; i < source.Length; i++) target[i] = combine(target[i], source[i]);
        }
    }

    // Where the slices go, in order; those that lie side by side in both tensors are one run.
    private static List<Run> Runs(ReadOnlySpan<long> places, NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Shape(1);
        int named = indices[indices.Rank - 1], slice = data.CountOfAxes(named, data.Rank);
        int[] strides = StridedGather.RowMajor(data);
        var runs = new List<Run>();
        for (int row = 0; row < indices.CountOfAxes(0, indices.Rank - 1); row++)
        {
            int place = 0;
            for (int axis = 0; axis < named; axis++)
                place += IndexBounds.Place(places[(row * named) + axis], data[axis], inputs) * strides[axis];
            if (runs is [.., var last] && last.To + last.Length == place) runs[^1] = last with { Length = last.Length + slice };
            else runs.Add(new(row * slice, place, slice));
        }
        return runs;
    }

    private readonly record struct Run(int From, int To, int Length);
}
