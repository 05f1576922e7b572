using Upstride.Onnx.Checkerboards;

namespace Upstride.Onnx.Tests.Checkerboards;

public class OnnxCheckerboardTests
{
    private static readonly float[] Uneven = [.. Enumerable.Range(1, 9).Select(static value => (float)value)];

    [Fact]
    public void Every_upsampling_of_a_model_is_found_with_its_gains()
    {
        OnnxCheckerboard found = Load(Model());
        Assert.Equal(["node-a", "node-b", "node-y"], found.Layers.Select(static layer => layer.Node));
        Assert.Equal([20.0, 10, 10, 5], found.Layers[0].Diagnosis.WorstPair.Gains);
        Assert.True(found.Layers[1].Diagnosis.Layer.IsBackward);
        Assert.Equal([4.0, 2, 2, 1], found.Layers[1].Diagnosis.WorstPair.Gains);
        Assert.Equal([1.0, 2, 3, 4], found.Layers[2].Diagnosis.WorstPair.Gains);
    }

    [Fact]
    public void A_chain_compounds_with_the_normalisation_folded_in_and_activations_left_out()
    {
        OnnxCheckerboard found = Load(new ModelBuilder().Input("x", "1", "1", "4", "4").Floats("w", [1, 1, 3, 3], Uneven)
            .Floats("v", [1, 1, 2, 2], 1, 1, 1, 1)
            .Floats("one", [1], 2).Floats("zero", [1], 0)
            .Node("ConvTranspose", "x w", "a", ("strides", new long[] { 2, 2 })).Node("BatchNormalization", "a one zero zero one", "b")
                .Node("Relu", "b", "c")
            .Node("ConvTranspose", "c v", "y", ("strides", new long[] { 2, 2 })).Output("y"));
        OnnxPatternChain chain = Assert.Single(found.Chains);
        Assert.Equal(["node-a", "node-y"], chain.Nodes);
        Assert.Equal(["Relu"], chain.LeftOut);
        Assert.Equal(-6.3, chain.PatternDb!.Value, 0.05);
    }

    [Theory]
    [InlineData("equalize", 3)]
    [InlineData("zoh", 4)]
    [InlineData("bilinear", 3)]
    public void A_cured_model_runs_keeps_its_size_and_has_no_pattern(string cure, int kernel)
    {
        foreach ((string, object)[] attributes in (IEnumerable<(string, object)[]>)
            [
                [("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }), ("output_padding", new long[] { 1, 1 })],
                [("strides", new long[] { 2, 2 }), ("auto_pad", "SAME_UPPER"), ("kernel_shape", new long[] { 3, 3 })],
            ])
        {
            ModelBuilder model = new ModelBuilder().Input("x", "1", "1", "5", "5").Floats("w", [1, 1, 3, 3], Uneven)
                .Node("ConvTranspose", "x w", "y", attributes).Output("y");
            OnnxCure made = Load(model).Fix(cure);
            (string node, Upstride.Explain.Diagnosis.Cure change) = Assert.Single(made.Changes);
            Assert.Equal("node-y", node);
            Assert.Equal(kernel, change.Layer.Kernel[0]);
            using var stream = new MemoryStream();
            made.Save(stream);
            Assert.All(OnnxCheckerboard.Load(new MemoryStream(stream.ToArray())).Layers,
                static layer => Assert.True(layer.Diagnosis.IsFlat));

            // A flat input stays flat away from the border.
            using var session = new OnnxSession(OnnxModel.Load(new MemoryStream(stream.ToArray())), OnnxSessionSettings.Default);
            OnnxTensor y = session.Run(new Dictionary<string,
                OnnxTensor>(StringComparer.Ordinal) { ["x"] = OnnxTensor.Create([.. Enumerable.Repeat(1f, 25)], [1, 1, 5, 5]) })["y"];
            Assert.Equal([1, 1, 10, 10], y.Shape.Select(static length => (int)length));
            float[] values = y.Floats.ToArray();
            for (int row = 3; row < 7; row++)
                for (int column = 3; column < 7; column++)
                    Assert.Equal(values[33], values[row * 10 + column], 1e-4f);
        }
    }

    [Fact]
    public void What_a_cure_does_not_allow_names_the_node()
    {
        Assert.StartsWith("node-a: kernel % stride = 3 % 2 = 1, and ICNR needs 0",
            Assert.Throws<OnnxFormatException>(() => Load(Model()).Fix("icnr")).Message, StringComparison.Ordinal);
        Assert.Equal("there is no ConvTranspose 'no': node-a",
            Assert.Throws<OnnxFormatException>(() => Load(Model()).Fix("equalize", node: "no")).Message);
        ModelBuilder sized = new ModelBuilder().Input("x", "1", "1", "5", "5").Floats("w", [1, 1, 3, 3], Uneven)
            .Node("ConvTranspose", "x w", "y", ("strides", new long[] { 2, 2 }), ("output_shape", new long[] { 10, 10 })).Output("y");
        Assert.StartsWith("node-y: it has an output_shape", Assert.Throws<OnnxFormatException>(() => Load(sized).Fix("zoh")).Message,
            StringComparison.Ordinal);
        Assert.Single(Load(sized).Fix("equalize").Changes);
    }

    [Fact]
    public void Bytes_that_are_no_model_are_refused()
    {
        Assert.Throws<OnnxFormatException>(() => OnnxCheckerboard.Load(new MemoryStream([8, 8, 18])));
        Assert.Throws<OnnxFormatException>(() => OnnxCheckerboard.Load(new MemoryStream()));
    }

    private static ModelBuilder Model() => new ModelBuilder().Input("x", "1", "1", "8", "8").Floats("w", [1, 1, 3, 3], Uneven)
        .Floats("v", [1, 1, 3, 3], [.. Enumerable.Repeat(1f, 9)]).Floats("u", [4, 1, 1, 1], 1, 2, 3, 4)
        .Node("ConvTranspose", "x w", "a", ("strides", new long[] { 2, 2 }))
        .Node("Conv", "a v", "b", ("strides", new long[] { 2, 2 }))
        .Node("Conv", "b u", "c")
        .Node("DepthToSpace", "c", "y", ("blocksize", 2), ("mode", "CRD")).Output("y");

    private static OnnxCheckerboard Load(ModelBuilder model) => OnnxCheckerboard.Load(new MemoryStream(model.ToBytes()));
}
