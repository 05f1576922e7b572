namespace Upstride.Onnx.Tests.Operators;

/// <summary>Matrix products of whole numbers, which are exact, against three loops.</summary>
public class MatrixTests
{
    /// <summary>One row, few, many; one column, few, many; broadcasting of either side; vectors; nothing.</summary>
    private static readonly (nint[] Left, nint[] Right)[] Shapes =
    [
        ([3, 4], [4, 5]), ([1, 4], [4, 5]), ([1, 70], [70, 33]), ([40, 17], [17, 50]), ([40, 17], [17, 1]), ([40, 17], [17, 3]),
            ([7, 30], [30, 40]), ([2, 3, 4, 5], [5, 6]),
        ([2, 3, 4, 5], [3, 5, 6]), ([3, 4, 5], [2, 1, 5, 6]), ([1, 20, 5], [4, 5, 30]), ([20, 5], [4, 5, 30]), ([5], [5]), ([5], [5, 3]),
            ([3, 5], [5]), ([5], [2, 5, 3]), ([2, 3, 5], [5]),
        ([0, 4], [4, 5]), ([3, 0], [0, 5]), ([3, 4], [4, 0]), ([2, 0, 4], [4, 5]), ([130, 64], [64, 96]), ([1, 1, 9, 9], [9, 9]),
    ];

    [Fact]
    public void Products_broadcast()
    {
        var random = new Random(1);
        foreach ((nint[] left, nint[] right) in Shapes)
        {
            OnnxTensor a = OneNode.Whole(random, left), b = OneNode.Whole(random, right);
            (nint[] shape, float[] expected) = Product(a, b);
            OneNode.Same(shape, expected, OneNode.Run("MatMul", 13, [a, b]), $"[{string.Join(", ", left)}] [{string.Join(", ", right)}]");
            using OnnxSession session = new ModelBuilder(13).Input("x", [.. left.Select(static _ => "")])
                .Floats("w", [.. right.Select(static length => (long)length)], b.Floats.ToArray()).Node("MatMul", "x w", "y").Output("y")
                    .Session();
            OneNode.Same(shape, expected, Values.Run(session, ("x", a)), "constant right");
            OneNode.Same(shape, expected, Values.Run(session, ("x", a)), "constant right, again");
            using OnnxSession other = new ModelBuilder(13).Input("x", [.. right.Select(static _ => "")])
                .Floats("w", [.. left.Select(static length => (long)length)], a.Floats.ToArray()).Node("MatMul", "w x", "y").Output("y")
                    .Session();
            OneNode.Same(shape, expected, Values.Run(other, ("x", b)), "constant left");
        }
    }

    [Fact]
    public void Products_of_integers_are_exact()
    {
        OnnxTensor left = OnnxTensor.Create([1L << 40, 1, 2, 3], 2, 2), right = OnnxTensor.Create([3L, -1, 5, 7], 2, 2);
        Assert.Equal([(3L << 40) + 5, -(1L << 40) + 7, 21, 19], OneNode.Run("MatMul", 13, [left, right]).Integers.ToArray());
    }

    [Fact]
    public void Factors_that_do_not_fit_are_refused()
    {
        var random = new Random(2);
        Assert.Equal(
            "node 'node-y0' (MatMul): the factors are [2, 3] and [4, 5]: columns 3 of the first and rows 4 of the second must be equal",
                OneNode.Refusal("MatMul", 13, [OneNode.Whole(random, 2, 3), OneNode.Whole(random, 4, 5)]));
        Assert.Equal("node 'node-y0' (MatMul): the factors are [] and [4, 5], and must have at least one axis",
            OneNode.Refusal("MatMul", 13, [OneNode.Whole(random), OneNode.Whole(random, 4, 5)]));
        Assert.Equal(
            "node 'node-y0' (Gemm): A is [2, 3] transposed and B [3, 5]: columns 2 of the first and rows 3 of the second must be equal",
                OneNode.Refusal("Gemm", 13, [OneNode.Whole(random, 2, 3), OneNode.Whole(random, 3, 5)], ("transA", 1)));
        Assert.Equal(
            "node 'node-y0' (Gemm): shapes [2, 5] and [4] do not broadcast: lengths 5 and 4 of axis 1, and they must be equal or one of "
                + "them 1", OneNode.Refusal("Gemm", 13,
                [OneNode.Whole(random, 2, 3), OneNode.Whole(random, 3, 5), OneNode.Whole(random, 4)]));
        Assert.Equal("node 'node-y0' (Gemm): C is float32 [3, 5], and must broadcast to float32 [1, 5]",
            OneNode.Refusal("Gemm", 13, [OneNode.Whole(random, 1, 3), OneNode.Whole(random, 3, 5), OneNode.Whole(random, 3, 5)]));
        Assert.Equal("node 'node-y0' (Gemm): input 2 is needed, and the node has 2",
            OneNode.Refusal("Gemm", 9, [OneNode.Whole(random, 2, 3), OneNode.Whole(random, 3, 5)]));
    }

    [Theory]
    [InlineData(1, 20, 30)]
    [InlineData(3, 4, 5)]
    [InlineData(33, 20, 17)]
    [InlineData(9, 5, 1)]
    [InlineData(12, 0, 7)]
    public void A_general_product_has_factors_transpositions_and_an_addend(int rows, int depth, int columns)
    {
        var random = new Random(3);
        foreach ((int transA, int transB) in ((int, int)[])[(0, 0), (0, 1), (1, 0), (1, 1)])
        {
            OnnxTensor a = transA == 1 ? OneNode.Whole(random, depth, rows) : OneNode.Whole(random, rows, depth),
                b = transB == 1 ? OneNode.Whole(random, columns, depth) : OneNode.Whole(random, depth, columns);
            foreach (nint[]? shape in (nint[]?[])[null, [], [1], [columns], [1, columns], [rows, 1], [rows, columns]])
            {
                foreach ((float alpha, float beta) in ((float, float)[])[(1, 1), (0.5f, -2)])
                {
                    OnnxTensor? c = shape is null ? null : OneNode.Whole(random, shape);
                    var expected = new float[rows * columns];
                    for (int row = 0; row < rows; row++)
                    {
                        for (int column = 0; column < columns; column++)
                        {
                            float sum = 0;
                            for (int k = 0; k < depth; k++)
                                sum += a.Floats[transA == 1 ? (k * rows) + row : (row * depth) + k]
                                    * b.Floats[transB == 1 ? (column * depth) + k : (k * columns) + column];
                            int[] place =
                                shape is null
                                ? [] : [.. new[] { row, column }.Skip(2 - shape.Length)
                                .Select((index, axis) => shape[axis] == 1 ? 0 : index)];
                            expected[(row * columns) + column] =
                                (alpha * sum) + (c is null ? 0 : beta * c.Floats[OneNode.IndexOf(shape!, place)]);
                        }
                    }
                    (string, object)[] attributes = [("alpha", alpha), ("beta", beta), ("transA", transA), ("transB", transB)];
                    OneNode.Same([rows, columns], expected, OneNode.Run("Gemm", 13, c is null ? [a, b] : [a, b, c], attributes),
                        "computed weights");
                    ModelBuilder builder = new ModelBuilder(13).Input("x", "", "")
                        .Floats("w", [.. b.Shape.Select(static length => (long)length)], b.Floats.ToArray());
                    if (c is not null) builder.Floats("c", [.. c.Shape.Select(static length => (long)length)], c.Floats.ToArray());
                    using OnnxSession session = builder.Node("Gemm", c is null ? "x w" : "x w c", "y", attributes).Output("y").Session();
                    OneNode.Same([rows, columns], expected, Values.Run(session, ("x", a)),
                        $"constant weights, transposed {transA} {transB}, C [{string.Join(", ", shape ?? [])}]");
                }
            }
        }
    }

    // Columns go in panels of vectors, a last one that is too thin one by one.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_few_rows_times_a_constant_of_any_width_are_the_product(int transposed)
    {
        var random = new Random(11);
        for (int columns = 1; columns < 300; columns += columns < 140 ? 1 : 17)
        {
            (int rows, int depth) = (1 + (columns % 7), 1 + (columns % 37));
            OnnxTensor a = OneNode.Whole(random, rows, depth),
                b = transposed == 1 ? OneNode.Whole(random, columns, depth) : OneNode.Whole(random, depth, columns),
                c = OneNode.Whole(random, columns);
            float[] expected =
                [.. Enumerable.Range(0, rows * columns).Select(i => c.Floats[i % columns] + Enumerable.Range(0, depth).Sum(k =>
                a.Floats[(i / columns * depth) + k]
                    * b.Floats[transposed == 1 ? (i % columns * depth) + k : (k * columns) + (i % columns)]))];
            using OnnxSession session = new ModelBuilder(13).Input("x", "", "")
                .Floats("w", [.. b.Shape.Select(static length => (long)length)], b.Floats.ToArray())
                    .Floats("c", [columns], c.Floats.ToArray())
                .Node("Gemm", "x w c", "y", ("transB", transposed)).Output("y").Session(new() { Compute = new() { Threads = 3 } });
            OneNode.Same([rows, columns], expected, Values.Run(session, ("x", a)), $"[{rows}, {depth}] [{depth}, {columns}]");
        }
    }

    [Fact]
    public void A_general_product_of_integers_is_exact()
    {
        OnnxTensor left = OnnxTensor.Create([1L, 2, 3, 4], 2, 2), right = OnnxTensor.Create([5L, 6, 7, 8], 2, 2);
        Assert.Equal([39L, 51, 83, 111],
            OneNode.Run("Gemm", 11, [left, right, OneNode.Longs(1, 1)], ("transB", 1), ("alpha", 2f), ("beta", 5f)).Integers.ToArray());
        Assert.Equal("node 'node-y0' (Gemm): alpha = 0.5 and beta = 1, and must be whole for integers",
            OneNode.Refusal("Gemm", 11, [left, right], ("alpha", 0.5f)));
    }

    private static (nint[] Shape, float[] Elements) Product(OnnxTensor left, OnnxTensor right)
    {
        nint[] a = left.Shape.Length == 1 ? [1, left.Shape[0]] : [.. left.Shape],
            b = right.Shape.Length == 1 ? [right.Shape[0], 1] : [.. right.Shape];
        int rank = Math.Max(a.Length, b.Length);
        a = [.. Enumerable.Repeat((nint)1, rank - a.Length), .. a];
        b = [.. Enumerable.Repeat((nint)1, rank - b.Length), .. b];
        nint[] shape = [.. Enumerable.Range(0, rank - 2).Select(axis => a[axis] == 1 ? b[axis] : a[axis]), a[^2], b[^1]];
        var elements = new List<float>();
        foreach (int[] place in OneNode.Places(shape))
        {
            float sum = 0;
            for (int k = 0; k < a[^1]; k++)
            {
                int[] l = [.. place], r = [.. place];
                (l[^1], r[^2]) = (k, k);
                for (int axis = 0; axis < rank - 2; axis++)
                {
                    if (a[axis] == 1) l[axis] = 0;
                    if (b[axis] == 1) r[axis] = 0;
                }
                sum += left.Floats[OneNode.IndexOf(a, l)] * right.Floats[OneNode.IndexOf(b, r)];
            }
            elements.Add(sum);
        }
        List<nint> kept = [.. shape];
        if (right.Shape.Length == 1) kept.RemoveAt(kept.Count - 1);
        if (left.Shape.Length == 1) kept.RemoveAt(kept.Count - (right.Shape.Length == 1 ? 1 : 2));
        return ([.. kept], [.. elements]);
    }

    [Fact]
    public void Determinants_are_exact_of_whole_numbers()
    {
        var random = new Random(11);
        foreach (int size in (int[])[1, 2, 3, 4, 5])
        {
            OnnxTensor matrices = OneNode.Whole(random, 3, 2, size, size);
            OnnxTensor determinants = OneNode.Run("Det", 11, [matrices]);
            Assert.Equal([3, 2], determinants.Shape);
            for (int i = 0; i < 6; i++)
                Assert.Equal(Laplace([.. matrices.Floats.Slice(i * size * size, size * size).ToArray().Select(static x => (long)x)], size),
                    MathF.Round(determinants.Floats[i]));
            OneNode.SameAsRuntime("Det", 11, [matrices], 1, 1e-5f);
        }
        Assert.Equal([-2f], OneNode.Run("Det", 11, [OnnxTensor.Create([0f, 1, 2, 3], 2, 2)]).Floats.ToArray());
        Assert.Equal([0f], OneNode.Run("Det", 11, [OnnxTensor.Create([1f, 2, 2, 4], 2, 2)]).Floats.ToArray());
        Assert.Equal("node 'node-y0' (Det): input 0 is float32 [2, 3], and its last two axes must be equal",
            OneNode.Refusal("Det", 11, [Values.Random(1, 2, 3)]));

        // Along the first row.
        static long Laplace(long[] matrix, int size) => size == 1 ? matrix[0] : Enumerable.Range(0, size).Sum(column =>
            (column % 2 == 0 ? 1 : -1) * matrix[column] * Laplace(
                [.. matrix.Skip(size).Where((_, i) => i % size != column)], size - 1));
    }
}
