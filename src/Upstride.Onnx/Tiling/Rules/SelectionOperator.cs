using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>Each element of the output is one of the input's, found along each axis by itself, or a constant.</summary>
/// <param name="sources">For each axis and each index of the output's that of the input's, -1 for the constant; null for an axis that is
/// taken as it is.</param>
/// <param name="value">The constant.</param>
internal sealed class SelectionOperator(int[]?[] sources, double value) : Operator
{
    /// <summary>A part of a tensor.</summary>
    /// <param name="rank">How many axes the tensor has.</param>
    /// <param name="axes">Those of the picture; -1 for one that it has not.</param>
    /// <param name="rows">Which rows of it are taken; null for all, of a list for none that are told.</param>
    /// <param name="columns">Which columns.</param>
    public static SelectionOperator Part(int rank, PictureAxes axes, Interval? rows, Interval? columns)
    {
        var sources = new int[]?[rank];
        if (axes.IsList)
        {
            if (rows is { } down && columns is { } across)
                sources[axes.Rows] = [.. Indices(down).SelectMany(row => Indices(across).Select(column => (row * axes.Width) + column))];
        }
        else
        {
            if (rows is { } down) sources[axes.Rows] = [.. Indices(down)];
            if (columns is { } across) sources[axes.Columns] = [.. Indices(across)];
        }
        return new(sources, 0);

        static IEnumerable<int> Indices(Interval part) => Arrays.Range(part.Start, part.Length);
    }

    /// <summary>For each axis and each index of the output's that of the input's; null for an axis that is taken as it is.</summary>
    public IReadOnlyList<int[]?> Sources => sources;

    /// <summary>The constant.</summary>
    public double Value => value;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        return [inputs[0].WithShape(new([.. sources.Select((one, axis) => (nint)(one?.Length ?? shape[axis]))]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage switch
    {
        Storage.Float => Prepare(inputs, outputs[0], settings, (float)value),
        Storage.Integer => Prepare(inputs, outputs[0], settings, outputs[0].Element.Wrap((long)value)),
        _ => Prepare(inputs, outputs[0], settings, value != 0),
    };

    private PreparedNode Prepare<T>(NodeInputs inputs, TensorType output, ComputeSettings settings, T constant) where T : unmanaged
    {
        TensorShape input = inputs.Shape(0);

        // Leading axes that are taken as they are, are so many pieces of work, and those at the end are copied whole.
        int outer = Array.FindIndex(sources, static one => one is not null), last = Array.FindLastIndex(sources, static one =>
            one is not null);
        if (output.Shape.Count == 0) return new(static _ => { }) { Flops = 0 };
        if (outer < 0) return new(static frame => frame.Input<T>(0).CopyTo(frame.Output<T>(0))) { Flops = 0 };
        var axes = new PadAxis[last - outer + 1];
        for (int axis = outer; axis <= last; axis++)
            axes[axis - outer] = new(input.CountOfAxes(axis + 1, input.Rank), output.Shape.CountOfAxes(axis + 1, input.Rank),
                sources[axis] ?? [.. Arrays.Range(0, input[axis])]);
        int pieces = input.CountOfAxes(0, outer);
        return new(frame => ParallelSlices.Run(frame.Input<T>(0), frame.Output<T>(0), pieces, settings,
            (source, destination, _) => PadAxis.Fill(source, axes, constant, destination)))
        {
            Flops = 0,
        };
    }
}
