namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that draw numbers: no two runtimes draw the same, so their moments are held to what they must be.</summary>
public class RandomNumberTests
{
    private const int Count = 10_000;

    [Theory]
    [InlineData("RandomNormal", "mean", 3f, "scale", 2f, 3, 2)]
    [InlineData("RandomNormalLike", "mean", 3f, "scale", 2f, 3, 2)]
    [InlineData("RandomUniform", "low", -1f, "high", 5f, 2, 1.7320508)]
    [InlineData("RandomUniformLike", "low", -1f, "high", 5f, 2, 1.7320508)]
    public void Numbers_have_their_mean_and_deviation(string name, string first, float one, string second, float other, double mean,
        double deviation)
    {
        float[] Draw(params (string Name, object Value)[] seed) => name.EndsWith("Like", StringComparison.Ordinal)
            ? OneNode.Run(name, 13, [OnnxTensor.Create(new float[Count], Count)], [(first, one), (second, other), .. seed]).Floats.ToArray()
            : OneNode.Run(name, 13, [], [(first, one), (second, other), ("shape", new long[] { Count }), .. seed]).Floats.ToArray();

        float[] seeded = Draw(("seed", 1f));
        Assert.Equal(seeded, Draw(("seed", 1f)));
        Assert.NotEqual(seeded, Draw(("seed", 2f)));
        Assert.NotEqual(Draw(), Draw());

        // Of so many numbers of a fixed seed, five deviations of a mean, and of a variance, are beyond what ever happens.
        double average = seeded.Average(static value => (double)value);
        Assert.InRange(average, mean - (5 * deviation / 100), mean + (5 * deviation / 100));
        Assert.InRange(Math.Sqrt(seeded.Average(value => Math.Pow(value - mean, 2))), deviation * 0.95, deviation * 1.05);
        if (name.Contains("Uniform", StringComparison.Ordinal)) Assert.All(seeded, static value => Assert.InRange(value, -1, 5));
    }

    [Fact]
    public void A_session_draws_anew_in_each_run()
    {
        using OnnxSession session = new ModelBuilder(13).Input("x", "4").Node("RandomNormal", "", "noise", ("shape", new long[] { 4 }))
            .Node("Add", "x noise", "y").Output("y").Session();
        OnnxTensor zeros = OnnxTensor.Create(new float[4], 4);
        Assert.NotEqual(Values.Run(session, ("x", zeros)).Floats.ToArray(), Values.Run(session, ("x", zeros)).Floats.ToArray());
    }

    [Fact]
    public void Numbers_that_are_none_are_refused() => Assert.Equal(
        "node 'node-y0' (RandomNormal): attribute dtype is int64, and must be of floating-point numbers",
        OneNode.Refusal("RandomNormal", 13, [], ("shape", new long[] { 4 }), ("dtype", (int)OnnxElementType.Int64)));
}
