using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Attention;

/// <summary>
/// <c>Attention</c> (opset 23 on): softmax(scale Q K^T + mask) V for each head; heads of keys and values may each serve several of the
/// queries. Keys and values of earlier calls, inputs 4 and 5, come before those of this one, and outputs 1 and 2 are both together.
/// </summary>
internal sealed class AttentionOperator : Operator
{
    private const int Mask = 3;
    private const int PastKey = 4;
    private const int PastValue = 5;

    private readonly bool _causal;
    private readonly int _queryHeads;
    private readonly int _keyHeads;
    private readonly float _scale;
    private readonly float _cap;

    public AttentionOperator(NodeAttributes node)
    {
        node.RequireOpset(23);
        _causal = node.Flag("is_causal", fallback: false);
        (_queryHeads, _keyHeads) = (node.Int32("q_num_heads", 0), node.Int32("kv_num_heads", 0));
        _scale = node.Float("scale", 0);
        _cap = node.Float("softcap", 0);
        node.Ignore("softmax_precision", "qk_matmul_output_mode");
        if (node.OutputCount > 3) throw node.Unsupported("output 3, the products of queries and keys, is not supported");
        if (node.InputCount > 6) throw node.Unsupported("input 6, lengths of padded keys, is not supported");
        if (!(_cap >= 0)) throw node.Fault($"attribute softcap = {_cap}, and must not be negative");

        // Versions of the standard differ in which of the two comes first.
        if (_cap > 0 && (_causal || node.InputCount > Mask)) throw node.Unsupported("softcap together with a mask is not supported");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        Sizes sizes = Of(inputs);
        TensorType type = inputs[0];
        TensorShape result = sizes.Query.Inside
            ? new(sizes.Query.Batch, sizes.Query.Length, sizes.Query.Heads * sizes.Value.Size)
            : new(sizes.Query.Batch, sizes.Query.Heads, sizes.Query.Length, sizes.Value.Size);
        return [type.WithShape(result), Together(sizes.Key), Together(sizes.Value)];

        TensorType Together(HeadLayout one) => type.WithShape(new(one.Batch, one.Heads, sizes.Length, one.Size));
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        Sizes sizes = Of(inputs);
        HeadLayout query = sizes.Query, result = query with { Size = sizes.Value.Size };
        (int rows, int columns, int shared) = (query.Length, sizes.Length, query.Heads / sizes.Key.Heads);
        _ = new TensorShape(rows, columns);
        float scale = _scale == 0 ? 1 / MathF.Sqrt(query.Size) : _scale;
        long heads = (long)query.Batch * query.Heads, scores = (long)rows * columns;
        StridedGather? spread = inputs.Has(Mask) ? SpreadMask(inputs, query, rows, columns) : null;
        bool boolean = inputs.Has(Mask) && inputs[Mask].Storage == Storage.Boolean;
        return new(frame =>
        {
            float[] keys = Joined(frame.Input<float>(1), sizes.Key, frame.Input<float>(PastKey), columns),
                values = Joined(frame.Input<float>(2), sizes.Value, frame.Input<float>(PastValue), columns);
            if (inputs.Wants(1)) keys.CopyTo(frame.Output<float>(1));
            if (inputs.Wants(2)) values.CopyTo(frame.Output<float>(2));
            float[]? mask = null;
            bool[]? allowed = null;
            if (spread is not null && boolean) spread.Run(frame.Input<bool>(Mask), allowed = new bool[heads * scores], settings);
            else if (spread is not null) spread.Run(frame.Input<float>(Mask), mask = new float[heads * scores], settings);

            using var products = new MatrixProduct((rows, query.Size, columns), transposed: true, right: null, default, settings);
            using var sums = new MatrixProduct((rows, columns, sizes.Value.Size), transposed: false, right: null, default, settings);
            float[] own = new float[rows * query.Size], weights = new float[scores], means = new float[rows * sizes.Value.Size];
            ReadOnlySpan<float> queries = frame.Input<float>(0);
            Span<float> destination = frame.Output<float>(0);
            for (int item = 0; item < heads && rows > 0; item++)
            {
                frame.CancellationToken.ThrowIfCancellationRequested();
                (int batch, int head) = Math.DivRem(item, query.Heads);
                int source = (batch * sizes.Key.Heads) + (head / shared);
                for (int row = 0; row < rows; row++)
                    TensorPrimitives.Multiply(queries.Slice(query.Start(batch, head, row), query.Size), scale,
                        own.AsSpan(row * query.Size, query.Size));
                products.Run(own, keys.AsSpan(source * columns * query.Size, columns * query.Size), weights);
                int first = (int)(item * scores);
                for (int row = 0; row < rows; row++)
                {
                    Span<float> line = weights.AsSpan(row * columns, columns);
                    if (mask is not null) TensorPrimitives.Add(line, mask.AsSpan(first + (row * columns), columns), line);
                    for (int column = 0; column < columns && allowed is not null; column++)
                        if (!allowed[first + (row * columns) + column]) line[column] = float.NegativeInfinity;
                    if (_causal && row + 1 < columns) line[(row + 1)..].Fill(float.NegativeInfinity);
                    Weigh(line);
                }
                sums.Run(weights, values.AsSpan(source * columns * sizes.Value.Size, columns * sizes.Value.Size), means);
                for (int row = 0; row < rows; row++)
                    means.AsSpan(row * sizes.Value.Size, sizes.Value.Size).CopyTo(destination[result.Start(batch, head, row)..]);
            }
        })
        {
            Flops = 2 * heads * scores * (query.Size + sizes.Value.Size + 4L),
            WorkspaceBytes = sizeof(float) * (scores + ((long)rows * (query.Size + sizes.Value.Size))
                + ((long)query.Batch * sizes.Key.Heads * columns * (query.Size + sizes.Value.Size))
                + (spread is null ? 0 : heads * scores)),
        };
    }

    // The softmax of a row; where nothing may be looked at the weights are NaN, as 0 / 0.
    private void Weigh(Span<float> line)
    {
        if (line.IsEmpty) return;
        if (_cap > 0)
        {
            TensorPrimitives.Divide(line, _cap, line);
            TensorPrimitives.Tanh(line, line);
            TensorPrimitives.Multiply(line, _cap, line);
        }
        TensorPrimitives.Subtract(line, TensorPrimitives.Max(line), line);
        TensorPrimitives.Exp(line, line);
        TensorPrimitives.Divide(line, TensorPrimitives.Sum(line), line);
    }

    // [batch, heads, places, size]: those of before, then these.
    private static float[] Joined(ReadOnlySpan<float> own, HeadLayout layout, ReadOnlySpan<float> past, int length)
    {
        int before = (length - layout.Length) * layout.Size;
        var joined = new float[layout.Batch * layout.Heads * length * layout.Size];
        for (int item = 0; item < layout.Batch * layout.Heads; item++)
        {
            (int batch, int head) = Math.DivRem(item, layout.Heads);
            Span<float> target = joined.AsSpan(item * length * layout.Size, length * layout.Size);
            past.Slice(item * before, before).CopyTo(target);
            for (int place = 0; place < layout.Length; place++)
                own.Slice(layout.Start(batch, head, place), layout.Size).CopyTo(target[(before + (place * layout.Size))..]);
        }
        return joined;
    }

    private static StridedGather SpreadMask(NodeInputs inputs, HeadLayout query, int rows, int columns)
    {
        TensorShape full = new(query.Batch, query.Heads, rows, columns), given = inputs.Shape(Mask);
        int[] own = StridedGather.RowMajor(given), strides = new int[4];
        for (int axis = 0; axis < own.Length; axis++) strides[axis + 4 - own.Length] = given[axis] == 1 ? 0 : own[axis];
        return StridedGather.Of(full.ToArray(), strides);
    }

    private Sizes Of(NodeInputs inputs)
    {
        HeadLayout query = HeadLayout.Of(inputs, 0, _queryHeads, "q_num_heads"), key = HeadLayout.Of(inputs, 1, _keyHeads, "kv_num_heads"),
            value = HeadLayout.Of(inputs, 2, _keyHeads, "kv_num_heads");
        if (key.Batch != query.Batch || value.Batch != query.Batch || key.Size != query.Size || key.Heads != value.Heads
            || key.Length != value.Length || key.Heads == 0 || query.Heads % key.Heads != 0)
            throw inputs.Fault($"queries, keys and values are {inputs[0]}, {inputs[1]} and {inputs[2]}: the batch must be the same, the "
                + "size of queries and keys, the length of keys and values, and the heads of queries a multiple of theirs");
        int past = 0;
        if (inputs.Has(PastKey) || inputs.Has(PastValue))
        {
            past = inputs.Float(PastKey).Shape is { Rank: 4 } before ? before[2] : 0;
            if (inputs.Shape(PastKey) != new TensorShape(key.Batch, key.Heads, past, key.Size)
                || inputs.Float(PastValue).Shape != new TensorShape(value.Batch, value.Heads, past, value.Size))
                throw inputs.Fault($"earlier keys and values are {inputs[PastKey]} and {inputs[PastValue]}, and must be [{key.Batch}, "
                    + $"{key.Heads}, n, {key.Size}] and [{value.Batch}, {value.Heads}, n, {value.Size}]");

            // Whether the diagonal begins after what was before has changed between versions of the standard.
            if (_causal) throw new OnnxUnsupportedException(inputs.Fault("is_causal together with earlier keys is not supported").Message);
        }
        if (inputs.Has(Mask))
        {
            TensorShape full = new(query.Batch, query.Heads, query.Length, key.Length + past);
            if (inputs[Mask].Storage is not (Storage.Float or Storage.Boolean) || inputs.Shape(Mask).Rank > 4
                || BroadcastLoop.Shape(inputs, full, inputs.Shape(Mask)) != full)
                throw inputs.Fault($"the mask is {inputs[Mask]}, and must be numbers or truth values that broadcast to {full}");
        }
        return new(query, key, value, key.Length + past);
    }

    /// <summary>Where heads lie, and how many keys there are with those of before.</summary>
    private readonly record struct Sizes(HeadLayout Query, HeadLayout Key, HeadLayout Value, int Length);
}
