using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Algorithms;

public sealed class AlgorithmTableTests
{
    private static readonly ConvTransposeGeometry s_small = ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 3], stride: 2);

    [Fact]
    public void The_list_ends_in_the_reference_that_refuses_nothing()
    {
        string[] names = [.. AlgorithmTable.All.Select(static algorithm => algorithm.Name)];
        Assert.Equal(
            ["winograd", "phases", "taps", "planes", "rows", "strips", "point", "windows", "column", "zero-insertion", "matrix",
                "scatter"], names);
        RandomProblems.ForAll(51, 50, static geometry =>
        {
            foreach (Pass pass in TestProblems.Passes)
                foreach (Type element in (Type[])[typeof(float), typeof(double), typeof(int), typeof(decimal),
                    typeof(System.Numerics.BigInteger)])
                    Assert.Null(AlgorithmTable.All[^1].Refusal(new(geometry, pass, element)));
        });
    }

    [Fact]
    public void A_name_finds_its_algorithm_and_an_unknown_name_is_refused_with_those_there_are()
    {
        foreach (IAlgorithm algorithm in AlgorithmTable.All) Assert.Same(algorithm, AlgorithmTable.Named(algorithm.Name));
        var error = Assert.Throws<ArgumentException>(() => AlgorithmTable.Named("Phases"));
        Assert.StartsWith(
            $"algorithm = 'Phases' is not one of {string.Join(", ", AlgorithmTable.All.Select(static algorithm => algorithm.Name))}",
                error.Message);
        error = Assert.Throws<ArgumentException>(
            () => ConvTransposePlan.Create<float>(s_small, new float[18], settings: new() { Algorithm = "fft" }));
        Assert.StartsWith("algorithm = 'fft' is not one of", error.Message);
    }

    [Fact]
    public void The_lowest_estimate_is_chosen_of_the_fast_ones_that_take_the_problem_or_else_of_the_others() =>
        RandomProblems.ForAll(52, 60, static geometry =>
    {
        foreach (Pass pass in TestProblems.Passes)
        {
            Check<float>(geometry, pass);
            Check<double>(geometry, pass);
            Check<int>(geometry, pass);
        }

        static void Check<T>(ConvTransposeGeometry geometry, Pass pass)
        {
            IAlgorithm chosen = AlgorithmTable.Choose(new(geometry, pass, typeof(T)));
            Assert.Null(chosen.Refusal(new(geometry, pass, typeof(T))));
            double estimate = chosen.EstimateCycles(new(geometry, pass, typeof(T)));
            Assert.True(estimate >= 0 && double.IsFinite(estimate));
            IAlgorithm[] takers = [.. AlgorithmTable.All.Where(other => other.Refusal(new(geometry, pass, typeof(T))) is null)];
            bool IsFast(IAlgorithm algorithm) =>
                algorithm.Name is "winograd" or "phases" or "taps" or "planes" or "rows" or "strips" or "point" or "windows";
            Assert.Equal(takers.Any(IsFast), IsFast(chosen));
            foreach (IAlgorithm other in takers.Where(other => IsFast(other) == IsFast(chosen)))
                Assert.True(other.EstimateCycles(new(geometry, pass, typeof(T))) >= estimate,
                    $"{other.Name} is estimated below {chosen.Name}");
        }
    });

    [Fact]
    public void A_plan_uses_the_algorithm_it_is_asked_for()
    {
        foreach (IAlgorithm algorithm in AlgorithmTable.All)
        {
            var settings = new ComputeSettings { Algorithm = algorithm.Name };
            if (algorithm.Refusal(new(s_small, Pass.Forward, typeof(float), settings)) is not null) continue;
            using Plan<float> plan = ConvTransposePlan.Create<float>(s_small, new float[18], settings: settings);
            Assert.Equal(algorithm.Name, plan.Algorithm);
        }
    }

    [Fact]
    public void Settings_can_rule_Winograd_out()
    {
        var large = ConvTransposeGeometry.PyTorch([1, 64, 64, 64], [64, 64, 4, 4], stride: 2, padding: 1);
        Assert.Equal("winograd", AlgorithmTable.Choose(new(large, Pass.Forward, typeof(float))).Name);
        var settings = new ComputeSettings { AllowWinograd = false };
        Assert.Equal("phases", AlgorithmTable.Choose(new(large, Pass.Forward, typeof(float), settings)).Name);
        var error = Assert.Throws<NotSupportedException>(
            () => AlgorithmTable.Choose(new(large, Pass.Forward, typeof(float), settings with { Algorithm = "winograd" })));
        Assert.Equal("algorithm winograd cannot compute this: settings.AllowWinograd is false", error.Message);
    }

    // Two million weights over 256 places, and fewer weights over more places.
    [Theory]
    [InlineData("n1 ci512 co512 i16x16 k3x3 p1x1", "phases")]
    [InlineData("n4 ci64 co64 i40x56 k3x3 p1x1", "winograd")]
    public void Packing_counts_where_weights_change(string problem, string whereTheyChange)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("name " + problem).Geometry;
        var kept = new ComputeSettings { Width = SimdWidth.Bits512 };
        Assert.Equal("winograd", AlgorithmTable.Choose(new(geometry, Pass.Forward, typeof(float), kept)).Name);
        ComputeSettings changed = kept with { WeightsChange = true };
        Assert.Equal(whereTheyChange, AlgorithmTable.Choose(new(geometry, Pass.Forward, typeof(float), changed)).Name);
    }

    [Fact]
    public void A_refusal_gives_its_reason()
    {
        Refuses<int>("phases", s_small, Pass.Forward, "the elements are Int32, and it computes float and double");
        Refuses<decimal>("column", s_small, Pass.Forward, "the elements are Decimal, and it computes float and double");
        Refuses<float>("planes", s_small, Pass.Forward, "it computes the weight gradient alone");
        Refuses<long>("planes", s_small, Pass.WeightGradient, "the elements are Int64, and it computes float and double");
        Refuses<float>("taps", s_small, Pass.WeightGradient, "it packs weights that are known, and a weight gradient has none");
        Refuses<float>("taps", s_small, Pass.InputGradient, "the stride is 2, and it multiplies every place");
        Refuses<float>("taps", s_small.WithLayout(Layout.ChannelsLast), Pass.Forward, "the channels are last, and it reads planes");
        Refuses<float>("taps", ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 1], stride: 2), Pass.Forward,
            "the kernel has one tap, and it adds the products of several");
        Refuses<float>("rows", s_small, Pass.Forward, "it computes the weight gradient alone");
        Refuses<float>("rows", ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 3], dilation: 2), Pass.WeightGradient,
            "the last axis is dilated by 2, and it takes neighbouring taps");
        Refuses<float>("strips", s_small, Pass.Forward, "it computes the weight gradient alone");
        Refuses<float>("strips", ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 3], dilation: 2), Pass.WeightGradient,
            "the last axis is dilated by 2, and it takes neighbouring taps");
        Refuses<float>("rows", ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 1, 3], groups: 2), Pass.WeightGradient,
            "a group has one input channel, and it takes more to fill a register tile");
        Refuses<float>("point", s_small, Pass.Forward, "the input is 5, and it takes one element along every axis");
        Refuses<float>("point", s_small, Pass.WeightGradient, "the input is 5, and it takes one element along every axis");
        Refuses<long>("point", s_small, Pass.Forward, "the elements are Int64, and it computes float and double");
        Refuses<float>("windows", s_small, Pass.Forward, "it computes convolutions and the gradients of inputs");
        Refuses<float>("windows", s_small, Pass.InputGradient, "the kernel has 3 columns, and it takes multiples of 8");
        Refuses<long>("windows", s_small, Pass.InputGradient, "the elements are Int64, and it computes float and double");
        Refuses<float>("zero-insertion", s_small, Pass.InputGradient,
            "it stretches an input, and a gradient has none to stretch: the input gradient already is a convolution");

        var large = ConvTransposeGeometry.PyTorch([1, 1, 4096, 4096], [1, 1, 9, 9]);
        Refuses<float>("matrix", large, Pass.Forward, $"the convolution matrix would have {81L * 4096 * 4096} entries, more than 50000000");
        Refuses<float>("column", large, Pass.Forward,
            $"its column buffer would have output channels of a group * taps * input places = 1*81*16777216 = {81L * 4096 * 4096} "
            + $"elements, more than {Array.MaxLength / 8}");

        // A dilated kernel of two taps pads the input by its extent less one, whatever is cropped of the output.
        var dilated =
            ConvTransposeGeometry.Create(1, 1, 1, 1,
            Enumerable.Repeat(ConvTransposeAxis.Create(100, 2, dilation: 1999, head: 1000, tail: 1000), 3));
        Refuses<float>("zero-insertion", dilated, Pass.Forward,
            $"the stretched and padded input would have {2098L * 2098 * 2098} elements a channel, more than an array's {Array.MaxLength}");
    }

    private static void Refuses<T>(string name, ConvTransposeGeometry geometry, Pass pass, string reason)
    {
        Assert.Equal(reason, AlgorithmTable.Named(name).Refusal(new(geometry, pass, typeof(T))));
        var error = Assert.Throws<NotSupportedException>(
            () => AlgorithmTable.Choose(new(geometry, pass, typeof(T), new ComputeSettings { Algorithm = name })));
        Assert.Equal($"algorithm {name} cannot compute this: {reason}", error.Message);
    }
}
