using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary>
/// <c>Col2Im</c> (opset 18 on): the columns of a sliding window over an image, [batch, channels*taps, windows], added up where they lie
/// in the image. The windows are those of a convolution of the image, so this is a transposed convolution without weights.
/// </summary>
internal sealed class Col2ImOperator : Operator
{
    private readonly PerAxis _dilations;
    private readonly PerAxis _strides;
    private readonly int[] _pads;

    public Col2ImOperator(NodeAttributes node)
    {
        node.RequireOpset(18);
        _dilations = node.Has("dilations") ? node.Int32s("dilations") : 1;
        _strides = node.Has("strides") ? node.Int32s("strides") : 1;
        _pads = node.Int32s("pads");
        if (_pads.Any(static pad => pad < 0)) throw node.Fault($"attribute pads = [{string.Join(", ", _pads)}], and none may be negative");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {input}, and must be numbers");
        ConvTransposeAxis[] axes = Axes(inputs);
        long taps = 1, windows = 1;
        foreach (ConvTransposeAxis axis in axes) (taps, windows) = (checked(taps * axis.Kernel), checked(windows * axis.Input));
        if (input.Shape.Rank != 3 || input.Shape[1] % taps != 0 || input.Shape[2] != windows)
            throw inputs.Fault(
                $"input 0 is {input}, and must be [batch, channels*{taps}, {windows}] for {taps} taps and {windows} windows");
        return [input.WithShape(new([input.Shape[0], (nint)(input.Shape[1] / taps), .. axes.Select(static axis => (nint)axis.Output)]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage == Storage.Float ? Prepare<float>(inputs, outputs[0], settings) : Prepare<long>(inputs, outputs[0], settings);

    private PreparedNode Prepare<T>(NodeInputs inputs, TensorType output, ComputeSettings settings) where T : unmanaged, INumber<T>
    {
        ConvTransposeAxis[] axes = Axes(inputs);
        int windows = inputs.Shape(0)[2], planes = output.Shape.CountOfAxes(0, 2);
        return new(frame => ParallelSlices.Run(frame.Input<T>(0), frame.Output<T>(0), planes, settings, (source, destination, _) =>
        {
            destination.Clear();
            Span<int> tap = stackalloc int[axes.Length];
            tap.Clear();
            for (int from = 0; from < source.Length; from += windows)
            {
                Add(source.Slice(from, windows), axes, tap, destination);
                for (int a = axes.Length - 1; a >= 0 && ++tap[a] == axes[a].Kernel; a--) tap[a] = 0;
            }
            if (typeof(T) == typeof(long))
                foreach (ref T value in destination) value = T.CreateTruncating(output.Element.Wrap(long.CreateTruncating(value)));
        }))
        {
            Flops = inputs.Shape(0).Count,
        };
    }

    // One tap of all windows, [windows along each axis], to where it lies in the image.
    private static void Add<T>(ReadOnlySpan<T> source, ReadOnlySpan<ConvTransposeAxis> axes, ReadOnlySpan<int> tap, Span<T> destination)
        where T : INumber<T>
    {
        ConvTransposeAxis axis = axes[0];
        (int first, int end) = axis.InputsThrough(tap[0]);
        int from = source.Length / axis.Input, to = destination.Length / axis.Output;
        for (int window = first; window < end; window++)
        {
            int place = axis.OutputOf(window, tap[0]);
            if (axes.Length == 1)
                destination[place] += source[window];
            else
                Add(source.Slice(window * from, from), axes[1..], tap[1..], destination.Slice(place * to, to));
        }
    }

    private ConvTransposeAxis[] Axes(NodeInputs inputs)
    {
        ReadOnlySpan<long> image = inputs.Integers(1), block = inputs.Integers(2);
        int rank = image.Length;
        if (rank == 0 || block.Length != rank)
            throw inputs.Fault(
                $"image_shape has {rank} lengths and block_shape {block.Length}, and both must have one for each spatial axis");
        if (_pads.Length != 0 && _pads.Length != 2 * rank)
            throw inputs.Fault(
                $"attribute pads has {_pads.Length} values, and must have {2 * rank} for {rank} spatial axes: [starts..., ends...]");
        ImmutableArray<int> strides = _strides.Expand(rank, "strides"), dilations = _dilations.Expand(rank, "dilations");
        var axes = new ConvTransposeAxis[rank];
        for (int a = 0; a < rank; a++)
        {
            (int head, int tail) = _pads.Length == 0 ? (0, 0) : (_pads[a], _pads[rank + a]);
            axes[a] = ConvTransposeAxis.OfConvolution(image[a], block[a], strides[a], dilations[a], head, tail);
        }
        return axes;
    }
}
