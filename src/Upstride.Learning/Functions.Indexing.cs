using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>The axes in another order: PyTorch's <c>permute</c>.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="axes">Each axis of the input once: the first is the output's first.</param>
    /// <exception cref="ArgumentException">Axes that are no order of the input's.</exception>
    public static Variable<T> Permute<T>(Variable<T> value, params ReadOnlySpan<int> axes)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        int rank = value.Shape.Length;
        if (!Enumerable.Range(0, rank).SequenceEqual(axes.ToArray().Order()))
            throw new ArgumentException(
                $"axes = {string.Join(", ", axes.ToArray())}, and must be 0 .. {rank - 1}, each once, for {value}", nameof(axes));
        nint[] strides = new nint[rank], shape = new nint[rank], steps = new nint[rank];
        nint stride = 1;
        for (int axis = rank - 1; axis >= 0; stride *= value.Shape[axis--]) strides[axis] = stride;
        for (int axis = 0; axis < rank; axis++) (shape[axis], steps[axis]) = (value.Shape[axes[axis]], strides[axes[axis]]);
        Tape<T> tape = Tape<T>.Of([value]);
        Buffers.PooledBuffer<int> places = tape.Indices.Take(value.Length);
        Span<nint> index = stackalloc nint[rank];
        index.Clear();
        for (int i = 0, place = 0; i < value.Length; i++)
        {
            places.Span[i] = place;
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                place += (int)steps[axis];
                if (++index[axis] < shape[axis]) break;
                place -= (int)(steps[axis] * shape[axis]);
                index[axis] = 0;
            }
        }
        return Gathering<T>.Run(tape, value, places, [.. shape]);
    }

    /// <summary>Neighbouring axes as one: PyTorch's <c>flatten</c>.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="startAxis">The first, from 0; below 0 from the end.</param>
    /// <param name="endAxis">The last, likewise.</param>
    /// <exception cref="ArgumentOutOfRangeException">Axes that there are not, or an end before the start.</exception>
    public static Variable<T> Flatten<T>(Variable<T> value, int startAxis = 0, int endAxis = -1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        int rank = value.Shape.Length;
        if (rank == 0) return Operations.Reshape<T>.Run(value, [1]);
        (int first, int last) = (startAxis < 0 ? startAxis + rank : startAxis, endAxis < 0 ? endAxis + rank : endAxis);
        RequireAxis(first, rank);
        RequireAxis(last, rank);
        if (last < first)
            throw new ArgumentOutOfRangeException(nameof(endAxis), endAxis, $"startAxis = {startAxis} and endAxis = {endAxis}, and the end "
                + $"must not be before the start");
        ReadOnlySpan<nint> shape = value.Shape.AsSpan();
        return Operations.Reshape<T>.Run(value,
            [.. shape[..first], TensorMemory.Length(shape[first..(last + 1)]), .. shape[(last + 1)..]]);
    }

    /// <summary>Rows of a table by their numbers: PyTorch's <c>embedding</c>.</summary>
    /// <param name="tape">Where the result goes.</param>
    /// <param name="weight">[rows, features].</param>
    /// <param name="indices">Numbers of rows; copied.</param>
    /// <param name="shape">Of the indices.</param>
    /// <param name="paddingIndex">A row that learns nothing, or none.</param>
    /// <returns>[shape..., features].</returns>
    /// <exception cref="GeometryException">A shape that does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row that there is not.</exception>
    public static Variable<T> Embedding<T>(Tape<T> tape, Variable<T> weight, ReadOnlySpan<int> indices, ReadOnlySpan<nint> shape,
        int? paddingIndex = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(weight);
        Require.Rank(weight.Shape.AsSpan(), 2, 2, nameof(weight));
        Require.Length(indices.Length, shape, nameof(indices));
        int rows = (int)weight.Shape[0], features = (int)weight.Shape[1];
        Buffers.PooledBuffer<int> places = tape.Indices.Take(indices.Length * features);
        bool pads = false;
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)rows)
                throw new ArgumentOutOfRangeException(nameof(indices),
                    $"indices[{i}] = {indices[i]}, and must be 0 .. {rows - 1} for a weight of {rows} rows");
            pads |= indices[i] == paddingIndex;
            for (int j = 0; j < features; j++) places.Span[i * features + j] = indices[i] * features + j;
        }
        ImmutableArray<nint> result = [.. shape, features];
        Variable<T> gathered = Gathering<T>.Run(tape, weight, places, result);
        if (!pads) return gathered;

        // The row's own values, through which no gradient goes.
        Buffers.PooledBuffer<int> kept = tape.Indices.Take(places.Span.Length);
        places.Span.CopyTo(kept.Span);
        Variable<T> fixedRows = tape.Empty(result.AsSpan());
        fixedRows.Elements.Clear();
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] != paddingIndex) continue;
            gathered.Elements.Slice(i * features, features).CopyTo(fixedRows.Elements[(i * features)..]);
            kept.Span.Slice(i * features, features).Fill(-1);
        }
        return Gathering<T>.Run(tape, weight, kept, result) + fixedRows;
    }
}
