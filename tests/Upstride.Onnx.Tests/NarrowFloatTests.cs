using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Tests;

/// <summary>Half precision and bfloat16: computed in single precision, and rounded at every node's output.</summary>
public class NarrowFloatTests
{
    private const float BeyondHalf = 300f * 300;

    public static TheoryData<string> Nodes => ["Mul", "MatMul", "Conv", "ConvTranspose", "Gemm"];

    [Theory]
    [MemberData(nameof(Nodes))]
    public void A_product_beyond_the_largest_half_is_infinite(string name)
    {
        long[] shape = name is "Conv" or "ConvTranspose" ? [1, 1, 1] : [1, 1];
        OnnxTensor Tensor(float value) =>
            OnnxTensor.Create<float>(OnnxElementType.Float16, [value], [.. shape.Select(static length => (nint)length)]);
        using OnnxSession session = new ModelBuilder().Input("x", OnnxElementType.Float16).Input("w", OnnxElementType.Float16)
            .Node(name, "x w", "y").Output("y", OnnxElementType.Float16).SessionOfOpenRank();
        Assert.Equal([float.PositiveInfinity], Values.Run(session, ("x", Tensor(300)), ("w", Tensor(300))).Floats.ToArray());
        Assert.Equal([float.NegativeInfinity], Values.Run(session, ("x", Tensor(300)), ("w", Tensor(-300))).Floats.ToArray());
        Assert.Equal([60000f], Values.Run(session, ("x", Tensor(300)), ("w", Tensor(200))).Floats.ToArray());
    }

    [Fact]
    public void What_a_node_after_it_sees_is_rounded_whatever_the_compiler_takes_together()
    {
        // 90000 is infinite: neither a residual nor a scale nor an activation brings it back.
        ModelBuilder Model(string node, params (string, object)[] attributes) =>
            new ModelBuilder().Input("x", OnnxElementType.Float16, "1", "1", "1")
            .Half("w", [1, 1, 1], 300).Half("r", [1, 1, 1], -60000).Half("s", [1, 1, 1], 0.5f).Node("Conv", "x w", "c")
            .Node(node, node is "Add" ? "c r" : node is "Mul" ? "c s" : "c", "y", attributes).Output("y", OnnxElementType.Float16);
        OnnxTensor x = OnnxTensor.Create<float>(OnnxElementType.Float16, [300f], 1, 1, 1);
        foreach ((string node, float expected) in ((string, float)[])[("Add", float.PositiveInfinity), ("Mul", float.PositiveInfinity),
            ("Tanh", 1), ("Relu", float.PositiveInfinity)])
        {
            using OnnxSession session = Model(node).Session(),
                plain = Model(node).Session(new() { SkippedPasses = [.. GraphPass.All.Select(static pass => pass.Name)] });
            Assert.Equal([expected], Values.Run(session, ("x", x)).Floats.ToArray());
            Assert.Equal([expected], Values.Run(plain, ("x", x)).Floats.ToArray());
        }
    }

    [Fact]
    public void What_is_computed_before_the_model_runs_is_rounded_too()
    {
        using OnnxSession session = new ModelBuilder().Input("x", OnnxElementType.Float16, "1").Half("a", [1], 300).Node("Mul", "a a", "c")
            .Node("Add", "x c", "y").Output("y", OnnxElementType.Float16).Session();
        Assert.Equal([float.PositiveInfinity],
            Values.Run(session, ("x", OnnxTensor.Create<float>(OnnxElementType.Float16, [-BeyondHalf / 2], 1))).Floats.ToArray());
    }

    [Theory]
    [InlineData(257f, 256f)]
    [InlineData(259f, 260f)]
    [InlineData(3.4e38f, float.PositiveInfinity)]
    public void Bfloat16_has_eight_bits(float sum, float rounded)
    {
        using OnnxSession session = new ModelBuilder().Input("x", OnnxElementType.BFloat16, "2").Node("Add", "x x", "y")
            .Output("y", OnnxElementType.BFloat16).Session();

        // Halves that bfloat16 holds, but for their sum's last bit.
        using OnnxSession sums = new ModelBuilder().Input("x", OnnxElementType.Float32, "1").Node("Cast", "x", "y", ("to", 16))
            .Output("y", OnnxElementType.BFloat16).Session();
        Assert.Equal([rounded], Values.Run(sums, ("x", OnnxTensor.Create([sum], 1))).Floats.ToArray());
        Assert.Equal([2f, float.PositiveInfinity],
            Values.Run(session, ("x", OnnxTensor.Create<float>(OnnxElementType.BFloat16, [1f, 3e38f], 2))).Floats.ToArray());
    }

    [Fact]
    public void Many_elements_are_rounded_as_one_is()
    {
        foreach (OnnxElementType type in (OnnxElementType[])[OnnxElementType.Float16, OnnxElementType.BFloat16])
        {
            OnnxTensor x = Values.Random(3, 1000), cast = OnnxTensor.Create<float>(type, x.Floats, 1000);
            for (int i = 0; i < x.Length; i++)
            {
                float one = OnnxTensor.Create<float>(type, x.Floats.Slice(i, 1), 1).Floats[0];
                Assert.Equal(one, cast.Floats[i]);
                if (type == OnnxElementType.Float16) Assert.Equal((float)(Half)x.Floats[i], one);
            }
        }
    }
}
