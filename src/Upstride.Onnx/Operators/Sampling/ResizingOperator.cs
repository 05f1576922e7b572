using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;
using Upstride.Operators;
using Upstride.Threading;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary>What <c>Resize</c> and <c>Upsample</c> share, once the sizes are known.</summary>
internal abstract class ResizingOperator : Operator
{
    // Some microseconds of work: a plan that is taken and given back, and a turn of a thread, cost little against them.
    private const int ChunkElements = 1 << 14;

    public sealed override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        ResizeGeometry geometry = Geometry(inputs);
        if (input.Storage == Storage.Boolean && geometry.Method.Mode != ResizeMode.Nearest)
            throw inputs.Fault($"input 0 is {input}, and must be numbers for any mode but nearest");
        return [input.WithShape(new(geometry.OutputShape.AsSpan()))];
    }

    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        ResizeGeometry geometry = Geometry(inputs);

        // Leading axes that are copied as they are, are so many pieces of work.
        int leading = 0;
        while (leading < geometry.Axes.Length - 1 && geometry.Axes[leading].IsIdentity) leading++;
        int pieces = outputs[0].Shape.CountOfAxes(0, leading);
        if (outputs[0].Shape.Count == 0) return new(static _ => { }) { Flops = 0 };
        var piece = ResizeGeometry.Create(geometry.Axes[leading..], geometry.Method);
        bool floats = outputs[0].Storage == Storage.Float;
        long tables = ResizeCost.TableBytes(piece, floats ? sizeof(float) : sizeof(double));
        if (tables > settings.MaximalWorkspaceBytes)
            throw new OnnxUnsupportedException(
                $"the weights of the samples would need {tables} bytes, and at most {settings.MaximalWorkspaceBytes} are allowed: allow "
                    + $"more, or use smaller sizes");
        if (floats) return OfFloats(piece, pieces, settings);
        if (geometry.Method.Mode != ResizeMode.Nearest) return OfIntegers(piece, pieces, outputs[0].Element, settings);
        long value = outputs[0].Element.Wrap((long)geometry.Method.ExtrapolationValue);
        return outputs[0].Storage == Storage.Integer
            ? OfNearest(piece, pieces, value, settings) : OfNearest(piece, pieces, value != 0, settings);
    }

    public sealed override int[]? AsNearestEnlargement(NodeInputs inputs)
    {
        ResizeGeometry geometry = Geometry(inputs);
        if (geometry.Method.Mode != ResizeMode.Nearest || geometry.Axes is not [{ IsIdentity: true }, { IsIdentity: true }, _, ..])
            return null;
        var scales = new int[geometry.Axes.Length - 2];
        for (int i = 0; i < scales.Length; i++)
        {
            ResizeAxis axis = geometry.Axes[i + 2];
            if (axis.Input == 0 || axis.Output % axis.Input != 0) return null;
            int scale = scales[i] = axis.Output / axis.Input;
            for (int o = 0; o < axis.Output && !axis.IsIdentity; o++)
                if (axis.IsOutside(o) || Math.Clamp(axis.PositionOf(o).Nearest(geometry.Method.Nearest), 0, axis.Input - 1) != o / scale)
                    return null;
        }
        return scales;
    }

    /// <summary>The sizes, for which the elements of inputs may be needed.</summary>
    public abstract ResizeGeometry Geometry(NodeInputs inputs);

    // Small pieces go together, as many as divide them all and make enough work for a turn of a thread.
    private static PreparedNode OfFloats(ResizeGeometry piece, int pieces, ComputeSettings settings)
    {
        int together = 1;
        for (int count = 2; count <= pieces && (long)count * piece.OutputLength <= ChunkElements; count++)
            if (pieces % count == 0) together = count;
        ResizeGeometry several = ResizeGeometry.Create([ResizeAxis.Identity(together), .. piece.Axes], piece.Method);
        var plans = new Plans<float>(several);
        int callers = Math.Min(pieces / together, settings.Threads);
        return new(frame => ParallelSlices.Run<float, float>(frame.Input<float>(0), frame.Output<float>(0), pieces / together, settings,
            (source, destination, _) => plans.Run(source, destination)))
        {
            WorkspaceBytes = callers * sizeof(float) * ResizeCost.WorkspaceElements(several),
            WeightBytes = callers * ResizeCost.TableBytes(several, sizeof(float)),
        };
    }

    // Interpolated in double precision, then cut to a whole number within the type's range.
    private static PreparedNode OfIntegers(ResizeGeometry piece, int pieces, OnnxElementType element, ComputeSettings settings)
    {
        var plans = new Plans<double>(piece);
        (long least, long most) = element.Range;
        int callers = Math.Min(pieces, settings.Threads);
        return new(frame => ParallelSlices.Run<long, long>(frame.Input<long>(0), frame.Output<long>(0), pieces, settings,
            (source, destination, _) =>
        {
            var values = new double[source.Length];
            for (int i = 0; i < values.Length; i++) values[i] = source[i];
            var resized = new double[destination.Length];
            plans.Run(values, resized);
            for (int i = 0; i < resized.Length; i++) destination[i] = Math.Clamp((long)resized[i], least, most);
        }))
        {
            WorkspaceBytes = callers * sizeof(double) * (piece.InputLength + piece.OutputLength + ResizeCost.WorkspaceElements(piece)),
            WeightBytes = callers * ResizeCost.TableBytes(piece, sizeof(double)),
        };
    }

    private static PreparedNode OfNearest<T>(ResizeGeometry piece, int pieces, T outside, ComputeSettings settings) where T : unmanaged
    {
        var selection = new NearestSelection<T>(piece, outside);
        return new(frame => ParallelSlices.Run<T, T>(frame.Input<T>(0), frame.Output<T>(0), pieces, settings,
            (source, destination, _) => selection.Run(source, destination)))
        {
            WeightBytes = selection.Bytes,
        };
    }

    /// <summary>Plans of one geometry, of which each serves one caller at a time.</summary>
    private sealed class Plans<T>(ResizeGeometry geometry) where T : unmanaged, System.Numerics.IFloatingPoint<T>
    {
        private readonly ObjectPool<ResizePlan<T>> _free = new(() => ResizePlan<T>.Create(geometry));

        public void Run(ReadOnlySpan<T> source, Span<T> destination)
        {
            ResizePlan<T> plan = _free.Take();
            plan.Run(source, destination);
            _free.Return(plan);
        }
    }
}
