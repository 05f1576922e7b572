using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Tests.Operators;

/// <summary>MaxUnpool behind a MaxPool of the same graph: the indices address that pool's input.</summary>
public class UnpoolTests
{
    public static TheoryData<int[], long[], long[], long[], int, int> Poolings => new()
    {
        // Shape, kernel, strides, pads, ceil_mode, storage_order.
        { [1, 1, 2, 3], [2, 2], [2, 2], [0, 0, 0, 0], 0, 0 },
        { [1, 1, 5, 5], [2, 2], [2, 2], [0, 0, 0, 0], 1, 0 },
        { [2, 3, 7, 5], [3, 2], [2, 2], [1, 0, 1, 1], 0, 0 },
        { [2, 3, 7, 5], [3, 2], [2, 3], [1, 1, 0, 0], 1, 0 },
        { [2, 2, 6, 7], [2, 2], [2, 2], [0, 0, 0, 0], 0, 1 },
        { [3, 2, 9], [2], [2], [0, 0], 0, 0 },
        { [1, 2, 5, 4, 3], [2, 2, 2], [2, 2, 2], [0, 0, 0, 0, 0, 0], 1, 0 },
        { [2, 1, 5, 4, 3], [2, 3, 2], [2, 2, 1], [0, 1, 0, 1, 0, 0], 0, 1 },
    };

    [Theory]
    [MemberData(nameof(Poolings))]
    public void With_the_shape_of_the_pools_input_each_maximum_goes_back_to_its_place(int[] shape, long[] kernel, long[] strides,
        long[] pads, int ceil, int storageOrder)
    {
        ModelBuilder builder = Pooled(shape.Length, kernel, strides, pads, ceil, storageOrder)
            .Node("Shape", "x", "s").Node("MaxUnpool", "p i s", "y", ("kernel_shape", kernel), ("strides", strides), ("pads", pads))
            .Output("y").Output("p");
        OnnxTensor x = Distinct(shape);
        foreach (OnnxSessionSettings settings in (OnnxSessionSettings[])[new(),
            new() { SkippedPasses = [.. GraphPass.All.Select(static pass => pass.Name)] }])
        {
            using OnnxSession session = builder.Session(settings);
            IReadOnlyDictionary<string, OnnxTensor> results = session.Run(Values.Named(("x", x)));
            Assert.Equal(x.Shape, results["y"].Shape);

            // Every element is another number: it stays where it is among the maxima.
            HashSet<float> maxima = [.. results["p"].Floats];
            OneNode.Same(x.Shape, [.. x.Floats.ToArray().Select(value => maxima.Contains(value) ? value : 0)], results["y"], "unpooled");
        }
    }

    [Fact]
    public void Indices_that_are_cast_and_reshaped_on_the_way_are_still_the_pools()
    {
        using OnnxSession session = Pooled(4, [2, 2], [2, 2], [0, 0, 0, 0], 0, 0)
            .Node("Cast", "i", "i32", ("to", 6)).Node("Cast", "i32", "i64", ("to", 7)).Integers("flat", -1).Node("Reshape", "i64 flat", "f")
                .Node("Shape", "p", "ps").Node("Reshape", "f ps", "j")
            .Node("Shape", "x", "s")
                .Node("MaxUnpool", "p j s", "y", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })).Output("y")
                .Session();
        OnnxTensor x = OnnxTensor.Create([0f, 0, 0, 9, 0, 0], 1, 1, 2, 3);
        Assert.Equal(x.Floats.ToArray(), Values.Run(session, ("x", x)).Floats.ToArray());
    }

    [Fact]
    public void Without_an_output_shape_the_places_are_those_of_the_pools_input_too()
    {
        // Row 1, column 0 of a plane of three columns is element 3; the output has two columns.
        using OnnxSession session = Pooled(4, [2, 2], [2, 2], [0, 0, 0, 0], 0, 0)
            .Node("MaxUnpool", "p i", "y", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })).Output("y").Session();
        OnnxTensor y = Values.Run(session, ("x", OnnxTensor.Create([0f, 0, 0, 9, 0, 0], 1, 1, 2, 3)));
        OneNode.Same([1, 1, 2, 2], [0, 0, 9, 0], y, "unpooled");
    }

    [Fact]
    public void A_place_outside_the_output_is_refused_with_what_to_do()
    {
        using OnnxSession session = Pooled(3, [2], [2], [0, 1], 0, 0)
            .Node("MaxUnpool", "p i", "y", ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 }), ("pads", new long[] { 0, 1 }))
                .Output("y").Session();
        Assert.Equal(
            "node 'node-y' (MaxUnpool): index 1 addresses element 3 of a plane of the pool's input, [1, 1, 4], which lies outside the "
                + "output, [1, 1, 3]: give the shape of the pool's input as output_shape",
            Assert.Throws<OnnxFormatException>(() => Values.Run(session, ("x", OnnxTensor.Create([1f, 0, 0, 9], 1, 1, 4)))).Message);
    }

    private static ModelBuilder Pooled(int rank, long[] kernel, long[] strides, long[] pads, int ceil, int storageOrder) =>
        new ModelBuilder()
        .Input("x", [.. Enumerable.Range(0, rank).Select(static axis => $"n{axis}")])
        .Node("MaxPool", "x", "p i", ("kernel_shape", kernel), ("strides", strides), ("pads", pads), ("ceil_mode", ceil),
        ("storage_order", storageOrder));

    private static OnnxTensor Distinct(int[] shape)
    {
        float[] values =
            [.. Enumerable.Range(1, shape.Aggregate(1, static (product, length) => product * length)).Select(static value => (float)value)];
        new Random(shape.Length).Shuffle(values);
        return OnnxTensor.Create(values, [.. shape.Select(static length => (nint)length)]);
    }
}
