using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary>
/// <c>DeformConv</c> (opset 19 on) of pictures: a convolution each of whose taps reads the input moved by an offset of its own for each
/// output, between pixels interpolated linearly and outside zero, and optionally weighted by a mask. What the taps read is brought together
/// as a matrix, [channels of a group * taps, places], and multiplied by the weights.
/// </summary>
internal sealed unsafe class DeformConvOperator : Operator
{
    private readonly nint[] _pads;
    private readonly PerAxis _strides;
    private readonly PerAxis _dilations;
    private readonly PerAxis _kernelShape;
    private readonly int _group;
    private readonly int _offsetGroup;

    public DeformConvOperator(NodeAttributes node)
    {
        node.RequireOpset(19);
        _pads = [.. (node.Integers("pads") ?? []).Select(static pad => (nint)pad)];
        _strides = node.Int32s("strides");
        _dilations = node.Int32s("dilations");
        _kernelShape = node.Int32s("kernel_shape");
        _group = node.Int32("group", 1);
        _offsetGroup = node.Int32("offset_group", 1);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0), weight = inputs.Float(1), offset = inputs.Float(2);
        if (input.Shape.Rank != 4 || weight.Shape.Rank != 4)
            throw inputs.Fault($"input 0 is {input} and the weights {weight}, and both must have 4 axes: pictures alone are supported");
        TensorShape output = new(Geometry(inputs).OutputShape.AsSpan());
        if (_offsetGroup < 1 || input.Shape[1] % _offsetGroup != 0)
            throw inputs.Fault($"attribute offset_group = {_offsetGroup}, and must divide the {input.Shape[1]} channels of input 0");
        long taps = (long)weight.Shape[2] * weight.Shape[3];
        Require(inputs, 2, "the offsets are", [output[0], _offsetGroup * taps * 2, output[2], output[3]]);
        if (inputs.Has(3)) Require(inputs, 3, "the bias is", [output[1]]);
        if (inputs.Has(4)) Require(inputs, 4, "the mask is", [output[0], _offsetGroup * taps, output[2], output[3]]);
        return [input.WithShape(output)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0), weight = inputs.Shape(1), output = outputs[0].Shape;
        int places = output[2] * output[3], taps = weight[2] * weight[3], rows = weight[0] / _group, depth = weight[1] * taps;
        long products = (long)output.Count * depth;
        if (output.Count == 0) return new(static _ => { });
        var columns = new TensorShape(depth, places);
        var problem = new Taps(shape, weight, output, _strides.Expand(2, "strides", 1), _dilations.Expand(2, "dilations", 1),
            _pads is [var top, var left, ..] ? ((int)top, (int)left) : (0, 0), _offsetGroup);
        var product = new MatrixProduct((rows, depth, places), transposed: false, right: null, default, settings);
        return product.Describe(frame =>
        {
            var matrix = new float[columns.Count];
            ReadOnlySpan<float> weights = frame.Input<float>(1), bias = frame.Input<float>(3);
            Span<float> destination = frame.Output<float>(0);
            for (int image = 0; image < output[0]; image++)
            {
                for (int group = 0; group < _group; group++)
                {
                    frame.CancellationToken.ThrowIfCancellationRequested();
                    problem.Read(frame, image, group * weight[1], matrix, settings);
                    Span<float> target = destination.Slice(((image * weight[0]) + (group * rows)) * places, rows * places);
                    product.Run(weights.Slice(group * rows * depth, rows * depth), matrix, target);
                    for (int row = 0; !bias.IsEmpty && row < rows; row++)
                        foreach (ref float sum in target.Slice(row * places, places)) sum += bias[(group * rows) + row];
                }
            }
        }) with { Flops = 2 * products + (8L * output[0] * _group * columns.Count), WorkspaceBytes = (long)columns.Count * sizeof(float) };
    }

    private static void Require(NodeInputs inputs, int input, string what, ReadOnlySpan<long> lengths)
    {
        inputs.Float(input);
        if (inputs.Shape(input) != TensorShape.Of(lengths))
            throw inputs.Fault($"{what} {inputs[input]}, and must be {TensorShape.Of(lengths)}");
    }

    private ConvolutionGeometry Geometry(NodeInputs inputs) => ConvolutionGeometry.Onnx(
        inputs.Shape(0).Lengths, inputs.Shape(1).Lengths, OnnxAutoPad.NotSet, _pads, _strides, _dilations, _group, _kernelShape);

    /// <summary>Where the taps read.</summary>
    private sealed record Taps(TensorShape Input, TensorShape Weight, TensorShape Output, ImmutableArray<int> Strides,
        ImmutableArray<int> Dilations,
        (int Top, int Left) Padding, int OffsetGroups)
    {
        /// <summary>Fills the matrix of one image and the channels from <paramref name="first"/> on.</summary>
        public void Read(NodeContext frame, int image, int first, float[] matrix, ComputeSettings settings)
        {
            (int height, int width) = (Input[2], Input[3]);
            int taps = Weight[2] * Weight[3], places = Output[2] * Output[3], channelsOfOffset = Input[1] / OffsetGroups;
            bool masked = !frame.Input<float>(4).IsEmpty;
            fixed (float* input = frame.Input<float>(0), offset = frame.Input<float>(2), mask = frame.Input<float>(4), to = matrix)
            {
                // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
                (nint x, nint o, nint m, nint y) = ((nint)input, (nint)offset, (nint)mask, (nint)to);
                ParallelRanges.For(Weight[1] * taps, settings, (start, end) =>
                {
                    for (int row = start; row < end; row++)
                    {
                        (int channel, int tap) = (first + (row / taps), row % taps);
                        (int kernelY, int kernelX) = Math.DivRem(tap, Weight[3]);
                        nint offsets = ((nint)image * OffsetGroups + (channel / channelsOfOffset)) * taps + tap;
                        float* moveY = (float*)o + (2 * offsets * places), moveX = moveY + places;
                        float* factor = (float*)m + (offsets * places), target = (float*)y + ((nint)row * places);
                        float* plane = (float*)x + (((nint)image * Input[1] + channel) * height * width);
                        for (int place = 0; place < places; place++)
                        {
                            (int outputY, int outputX) = Math.DivRem(place, Output[3]);
                            float atY = (((float)outputY * Strides[0]) + ((float)kernelY * Dilations[0]) - Padding.Top) + moveY[place];
                            float atX = (((float)outputX * Strides[1]) + ((float)kernelX * Dilations[1]) - Padding.Left) + moveX[place];
                            float value = Between(plane, height, width, atY, atX);
                            target[place] = masked ? value * factor[place] : value;
                        }
                    }
                }, cost: (int)Math.Min(int.MaxValue, 8L * places));
            }
        }

        private static float Between(float* plane, int height, int width, float y, float x)
        {
            if (!(y > -1 && y < height && x > -1 && x < width)) return 0;
            (float floorY, float floorX) = (MathF.Floor(y), MathF.Floor(x));
            (float down, float right) = (y - floorY, x - floorX);
            (int top, int left) = ((int)floorY, (int)floorX);
            return ((1 - down) * (((1 - right) * Pixel(top, left)) + (right * Pixel(top, left + 1))))
                + (down * (((1 - right) * Pixel(top + 1, left)) + (right * Pixel(top + 1, left + 1))));

            float Pixel(int row, int column) =>
                row >= 0 && row < height && column >= 0 && column < width ? plane[((nint)row * width) + column] : 0;
        }
    }
}
