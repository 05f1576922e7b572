using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

public sealed class PlanTests
{
    private static readonly ConvTransposeGeometry s_geometry = ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 4], stride: 2, padding: 1);
    private static readonly float[] s_x = RandomProblems.Integers<float>(10, 1);
    private static readonly float[] s_w = RandomProblems.Integers<float>(24, 2);

    [Fact]
    public void It_knows_what_it_computes()
    {
        using Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w, settings: new() { Algorithm = "phases", Threads = 1 });
        Assert.Equal((Pass.Forward, "phases"), (plan.Pass, plan.Algorithm));
        Assert.Same(s_geometry, plan.Geometry);
        Assert.True(plan.WeightBytes >= s_w.Length * sizeof(float));
        Assert.True(plan.WorkspaceBytes > 0);
        string text = plan.Explain();
        Assert.StartsWith("Forward of n1 ci2 co3 g1 i5 k4 s2 d1 c1+1\nalgorithm phases: ", text);
        Assert.Contains($"{2 * s_geometry.MultiplyAdds} FLOPs by the definition, {(10 + 30) * 4} bytes of activations, {plan.WeightBytes} of packed weights, {plan.WorkspaceBytes} of workspace\n", text);
        Assert.Contains("\nnot scatter: estimated at ", text);
        using Plan<float> scatter = ConvTransposePlan.CreateInputGradient<float>(s_geometry, s_w, new() { Algorithm = "scatter" });
        Assert.Contains("\nnot zero-insertion: it stretches an input, and a gradient has none to stretch: the input gradient already is a convolution\n", scatter.Explain());
        Assert.Contains("\nnot phases: estimated at ", scatter.Explain());
    }

    [Fact]
    public void Other_weights_give_what_a_new_plan_of_them_gives()
    {
        ConvTransposeGeometry many = ConvTransposeGeometry.PyTorch([2, 6, 9, 11], [6, 10, 4, 4], stride: 2, padding: 1, groups: 2);
        ConvTransposeGeometry point = ConvTransposeGeometry.PyTorch([3, 6, 1, 1], [6, 5, 3, 3], stride: 2, padding: 1, outputPadding: 1);
        foreach (ConvTransposeGeometry geometry in (ConvTransposeGeometry[])[many, point])
        foreach (IAlgorithm algorithm in AlgorithmTable.All)
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            var settings = new ComputeSettings { Algorithm = algorithm.Name, Threads = 2, CyclesPerThread = 1 };
            if (algorithm.Refusal(new(geometry, pass, typeof(float), settings)) is not null) continue;
            float[] first = RandomProblems.Reals<float>(geometry.WeightLength, 3), second = RandomProblems.Reals<float>(geometry.WeightLength, 4);
            (float[] bias, float[] otherBias) = (RandomProblems.Reals<float>(geometry.OutputChannels, 5), RandomProblems.Reals<float>(geometry.OutputChannels, 6));
            Plan<float> Create(float[] weight, float[] added) => pass == Pass.Forward
                ? ConvTransposePlan.Create<float>(geometry, weight, added, Activation.Relu, settings: settings)
                : ConvTransposePlan.CreateInputGradient<float>(geometry, weight, settings);
            using Plan<float> plan = Create(first, bias), expected = Create(second, otherBias);
            (int from, int to) = pass == Pass.Forward ? (geometry.InputLength, geometry.OutputLength) : (geometry.OutputLength, geometry.InputLength);
            float[] x = RandomProblems.Reals<float>(from, 7), y = new float[to], z = new float[to];
            plan.Run(x, y);
            plan.SetWeight(second, pass == Pass.Forward ? otherBias : []);
            plan.Run(x, y);
            expected.Run(x, z);
            Assert.Equal(z, y);
        }
    }

    [Fact]
    public void Weights_of_another_length_are_refused()
    {
        using Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w, [1, 2, 3]);
        var weight = Assert.Throws<GeometryException>(() => plan.SetWeight(new float[23], [1, 2, 3]));
        Assert.Equal("weight", weight.Error.Parameter);
        var bias = Assert.Throws<GeometryException>(() => plan.SetWeight(s_w));
        Assert.Equal("bias has 0 elements, and the plan was created with 3: give as many, or create another plan", bias.Message);
        using Plan<float> gradient = ConvTransposePlan.CreateWeightGradient<float>(s_geometry);
        var none = Assert.Throws<InvalidOperationException>(() => gradient.SetWeight(s_w));
        Assert.Equal("the plan computes the gradient of the weights and holds none: give its tensors to Run", none.Message);
    }

    [Fact]
    public void A_disposed_plan_says_so()
    {
        Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w);
        plan.Dispose();
        plan.Dispose();
        var error = Assert.Throws<ObjectDisposedException>(() => plan.Run(s_x, new float[30]));
        Assert.Contains("the plan was disposed: create another", error.Message);
        Assert.Throws<ObjectDisposedException>(() => plan.WorkspaceBytes);
        Assert.Throws<ObjectDisposedException>(() => plan.WeightBytes);
        Assert.Throws<ObjectDisposedException>(plan.Explain);
    }

    [Fact]
    public void Settings_that_cannot_be_met_are_refused()
    {
        var threads = Assert.Throws<ArgumentOutOfRangeException>(() => ConvTransposePlan.Create<float>(s_geometry, s_w, settings: new() { Threads = 0 }));
        Assert.StartsWith("settings.Threads = 0, and must be at least 1", threads.Message);

        long needed;
        using (Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w, settings: new() { Algorithm = "phases", Threads = 1 })) needed = plan.WorkspaceBytes;
        using (ConvTransposePlan.Create<float>(s_geometry, s_w, settings: new() { Algorithm = "phases", Threads = 1, MaximalWorkspaceBytes = needed }))
        {
        }
        var memory = Assert.Throws<ArgumentException>(() => ConvTransposePlan.Create<float>(s_geometry, s_w, settings: new() { Algorithm = "phases", Threads = 1, MaximalWorkspaceBytes = needed - 1 }));
        Assert.StartsWith($"algorithm phases needs a workspace of {needed} bytes, and settings.MaximalWorkspaceBytes = {needed - 1}: allow more, or fewer threads than 1", memory.Message);

        // The reference needs none.
        using Plan<float> reference = ConvTransposePlan.Create<float>(s_geometry, s_w, settings: new() { Algorithm = "scatter", MaximalWorkspaceBytes = 0 });
        Assert.Equal(0, reference.WorkspaceBytes);
        Assert.Throws<ArgumentNullException>(() => ConvTransposePlan.Create<float>(null!, s_w));
    }

    [Fact]
    public void Weights_are_kept_as_they_were_when_the_plan_was_made()
    {
        foreach (IAlgorithm algorithm in AlgorithmTable.All)
        {
            var settings = new ComputeSettings { Algorithm = algorithm.Name };
            if (algorithm.Refusal(new(s_geometry, Pass.Forward, typeof(float), settings)) is not null) continue;
            float[] weight = [.. s_w], bias = [1, 2, 3], before = new float[30], after = new float[30];
            using Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, weight, bias, settings: settings);
            plan.Run(s_x, before);
            Array.Fill(weight, float.NaN);
            Array.Fill(bias, float.NaN);
            plan.Run(s_x, after);
            Assert.Equal(before, after);
        }
    }

    [Fact]
    public void A_second_tensor_is_taken_exactly_where_there_is_one()
    {
        float[] y = new float[30];
        using Plan<float> plain = ConvTransposePlan.Create<float>(s_geometry, s_w);
        Assert.StartsWith("this plan takes one tensor, and other holds 30 elements: create the plan with a residual, or leave it out", Assert.Throws<ArgumentException>(() => plain.Run(s_x, new float[30], y)).Message);
        using Plan<float> residual = ConvTransposePlan.Create<float>(s_geometry, s_w, residual: true);
        Assert.Equal("residual holds 0 elements, and shape [1, 3, 10] needs 30", Assert.Throws<GeometryException>(() => residual.Run(s_x, y)).Message);
        Assert.Equal("residual holds 29 elements, and shape [1, 3, 10] needs 30", Assert.Throws<GeometryException>(() => residual.Run(s_x, new float[29], y)).Message);
        Assert.StartsWith("destination shares memory with residual", Assert.Throws<ArgumentException>(() => residual.Run(s_x, y, y)).Message);
        using Plan<float> gradient = ConvTransposePlan.CreateWeightGradient<float>(s_geometry);
        Assert.Equal("outputGradient holds 0 elements, and shape [1, 3, 10] needs 30", Assert.Throws<GeometryException>(() => gradient.Run(s_x, new float[24])).Message);
    }

    [Fact]
    public void Tensors_must_have_the_plans_shapes()
    {
        using Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w, residual: true);
        float[] y = new float[30], r = RandomProblems.Integers<float>(30, 5);
        Assert.Equal("input has shape [2, 5], and must have [1, 2, 5]", Assert.Throws<GeometryException>(() => plan.Run(new ReadOnlyTensorSpan<float>(s_x, [2, 5]))).Message);
        Assert.Equal(
            "destination has shape [3, 10], and must have [1, 3, 10]",
            Assert.Throws<GeometryException>(() => plan.Run(new ReadOnlyTensorSpan<float>(s_x, [1, 2, 5]), new TensorSpan<float>(y, [3, 10]))).Message);
        Assert.Equal(
            "residual has shape [30], and must have [1, 3, 10]",
            Assert.Throws<GeometryException>(() => plan.Run(new ReadOnlyTensorSpan<float>(s_x, [1, 2, 5]), new ReadOnlyTensorSpan<float>(r, [30]), new TensorSpan<float>(y, [1, 3, 10]))).Message);

        // A residual turned round is read by its strides.
        float[] turned = [.. Enumerable.Range(0, 30).Select(i => r[i % 10 * 3 + i / 10])], expected = new float[30];
        plan.Run(s_x, turned, expected);
        plan.Run(new ReadOnlyTensorSpan<float>(s_x, [1, 2, 5]), new ReadOnlyTensorSpan<float>(r, [1, 3, 10], [0, 1, 3]), new TensorSpan<float>(y, [1, 3, 10]));
        Assert.Equal(expected, y);
    }

    [Fact]
    public void A_failed_run_leaves_the_plan_usable()
    {
        using Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w);
        float[] before = new float[30], after = new float[30];
        plan.Run(s_x, before);
        Assert.Throws<GeometryException>(() => plan.Run(s_x, new float[29]));
        plan.Run(s_x, after);
        Assert.Equal(before, after);
    }
}
