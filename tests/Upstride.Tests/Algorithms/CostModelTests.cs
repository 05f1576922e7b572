using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Tests.Algorithms;

/// <summary>The choice between the two fast algorithms, held against what the benchmark measured for each on networks' problems.</summary>
public sealed class CostModelTests
{
    // Milliseconds on one thread, 512-bit vectors, other work between two runs:
    // Upstride.Bench forward --peers none --algorithm winograd, and --algorithm phases.
    [Theory]
    [InlineData("dcgan-1 n16 ci512 co256 i4x4 k4x4 s2x2 p1x1", 3.078, 4.923)]
    [InlineData("dcgan-2 n16 ci256 co128 i8x8 k4x4 s2x2 p1x1", 4.005, 5.221)]
    [InlineData("dcgan-3 n16 ci128 co64 i16x16 k4x4 s2x2 p1x1", 4.247, 5.728)]
    [InlineData("dcgan-4 n16 ci64 co3 i32x32 k4x4 s2x2 p1x1", 1.573, 0.908)]
    [InlineData("dcgan-k5 n16 ci256 co128 i16x16 k5x5 s2x2 p2x2 o1x1", 17.106, 34.768)]
    [InlineData("pose-1 n1 ci2048 co256 i8x6 k4x4 s2x2 p1x1", 5.558, 5.209)]
    [InlineData("pose-3 n1 ci256 co256 i32x24 k4x4 s2x2 p1x1", 5.775, 6.907)]
    [InlineData("cyclegan-1 n1 ci256 co128 i64x64 k3x3 s2x2 p1x1 o1x1", 10.707, 11.325)]
    [InlineData("cyclegan-2 n1 ci128 co64 i128x128 k3x3 s2x2 p1x1 o1x1", 14.099, 12.511)]
    [InlineData("fsrcnn-x2 n1 ci56 co1 i128x128 k9x9 s2x2 p4x4 o1x1", 2.665, 0.977)]
    [InlineData("fsrcnn-x3 n1 ci56 co1 i128x128 k9x9 s3x3 p4x4 o2x2", 1.478, 0.778)]
    [InlineData("fsrcnn-x4-720p n1 ci56 co1 i180x320 k9x9 s4x4 p4x4 o3x3", 7.179, 4.705)]
    [InlineData("fcn8-2x n1 ci21 co21 i34x34 k4x4 s2x2", 0.156, 0.111)]
    [InlineData("fcn8-8x n1 ci21 co21 i70x70 k16x16 s8x8", 9.983, 6.953)]
    [InlineData("deconvnet-3x3 n1 ci256 co128 i56x56 k3x3 s1x1 p1x1", 4.248, 9.325)]
    [InlineData("depthwise-k4 n1 ci64 co64 g64 i64x64 k4x4 s2x2 p1x1", 0.826, 0.332)]
    [InlineData("grouped-g8 n4 ci128 co128 g8 i32x32 k4x4 s2x2 p1x1", 3.666, 1.945)]
    [InlineData("dilated-d2 n1 ci64 co64 i64x64 k3x3 s2x2 p2x2 o1x1 d2x2", 2.171, 1.484)]
    [InlineData("hifigan-1 n1 ci512 co256 i128 k16 s8 p4", 2.037, 2.213)]
    [InlineData("hifigan-3 n1 ci128 co64 i8192 k4 s2 p1", 2.102, 2.676)]
    [InlineData("istft n1 ci1026 co1 i224 k1024 s256", 1.606, 2.357)]
    [InlineData("vnet3d-k4 n1 ci32 co32 i8x24x24 k4x4x4 s2x2x2 p1x1x1", 3.862, 3.518)]
    // Windows longer than a tile's, the caches emptied between two runs.
    [InlineData("unet-k7-in n1 ci4 co32 i224x224 k7x7 s1x1 p3x3", 1.509, 2.514)]
    [InlineData("unet-k7 n1 ci32 co32 i224x224 k7x7 s1x1 p3x3", 7.851, 20.322)]
    [InlineData("cyclegan-head n1 ci64 co3 i256x256 k7x7 s1x1 p3x3", 5.728, 11.464)]
    [InlineData("cyclegan-stem n1 ci3 co64 i256x256 k7x7 s1x1 p3x3", 3.029, 4.841)]
    [InlineData("style-k9 n1 ci32 co3 i256x256 k9x9 s1x1 p4x4", 3.446, 6.194)]
    [InlineData("conv9-64 n1 ci64 co64 i56x56 k9x9 s1x1 p4x4", 2.311, 9.191)]
    [InlineData("deconv-k16 n1 ci64 co32 i64x64 k16x16 s2x2 p7x7", 5.798, 16.920)]
    [InlineData("hifigan-k11 n1 ci256 co256 i2048 k11 s1 p5", 5.885, 11.736)]
    [InlineData("hifigan-k7 n1 ci256 co256 i2048 k7 s1 p3", 4.051, 7.496)]
    [InlineData("srcnn-k9 n1 ci1 co64 i128x128 k9x9 s1x1 p4x4", 0.667, 0.677)]
    [InlineData("depthwise-k7 n1 ci96 co96 g96 i56x56 k7x7 s1x1 p3x3", 0.646, 0.680)]
    [InlineData("depthwise-k31 n1 ci128 co128 g128 i32x32 k31x31 s1x1 p15x15", 1.702, 3.996)]
    [InlineData("conv3d-k7 n1 ci16 co16 i24x24x24 k7x7x7 s1x1x1 p3x3x3", 4.603, 12.776)]
    [InlineData("dilated-k7 n1 ci32 co32 i64x64 k7x7 s1x1 p6x6 d2x2", 1.730, 1.644)]
    public void The_choice_is_within_a_fifth_of_the_fastest_that_was_measured(string problem, double winograd, double phases)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var settings = new ComputeSettings { Threads = 1, Width = Upstride.Kernels.SimdWidth.Bits512 };
        string chosen = AlgorithmList.Choose(new(geometry, Pass.Forward, typeof(float), settings)).Name;
        double measured = chosen switch
        {
            "winograd" => winograd,
            "phases" => phases,
            _ => double.PositiveInfinity,
        };
        Assert.True(measured <= 1.2 * Math.Min(winograd, phases), $"{chosen} was chosen, which took {measured} ms; winograd {winograd}, phases {phases}");
    }

    // Milliseconds on one thread, 512-bit vectors, the caches emptied between two runs:
    // Upstride.Bench weight-gradient --peers none --algorithm phases, and --algorithm planes.
    [Theory]
    [InlineData("dcgan-1 n16 ci512 co256 i4x4 k4x4 s2x2 p1x1", 6.858, 16.041)]
    [InlineData("dcgan-2 n16 ci256 co128 i8x8 k4x4 s2x2 p1x1", 5.909, 10.790)]
    [InlineData("dcgan-3 n16 ci128 co64 i16x16 k4x4 s2x2 p1x1", 5.785, 8.746)]
    [InlineData("dcgan-4 n16 ci64 co3 i32x32 k4x4 s2x2 p1x1", 4.324, 1.348)]
    [InlineData("dcgan-k5 n16 ci256 co128 i16x16 k5x5 s2x2 p2x2 o1x1", 36.849, 44.199)]
    [InlineData("pose-1 n1 ci2048 co256 i8x6 k4x4 s2x2 p1x1", 5.842, 10.192)]
    [InlineData("pose-3 n1 ci256 co256 i32x24 k4x4 s2x2 p1x1", 8.438, 9.300)]
    [InlineData("unet-2 n1 ci512 co256 i32x32 k2x2 s2x2", 6.996, 8.278)]
    [InlineData("unet-4 n1 ci128 co64 i128x128 k2x2 s2x2", 7.639, 10.423)]
    [InlineData("cyclegan-1 n1 ci256 co128 i64x64 k3x3 s2x2 p1x1 o1x1", 14.275, 16.630)]
    [InlineData("cyclegan-2 n1 ci128 co64 i128x128 k3x3 s2x2 p1x1 o1x1", 14.019, 18.332)]
    [InlineData("fsrcnn-x2 n1 ci56 co1 i128x128 k9x9 s2x2 p4x4 o1x1", 1.992, 1.138)]
    [InlineData("fsrcnn-x3 n1 ci56 co1 i128x128 k9x9 s3x3 p4x4 o2x2", 2.106, 1.195)]
    [InlineData("fsrcnn-x4-720p n1 ci56 co1 i180x320 k9x9 s4x4 p4x4 o3x3", 7.578, 4.403)]
    [InlineData("fcn8-2x n1 ci21 co21 i34x34 k4x4 s2x2", 0.222, 0.207)]
    [InlineData("fcn8-8x n1 ci21 co21 i70x70 k16x16 s8x8", 26.892, 9.714)]
    [InlineData("fcn32 n1 ci21 co21 i16x16 k64x64 s32x32", 37.559, 16.521)]
    [InlineData("deconvnet-3x3 n1 ci256 co128 i56x56 k3x3 s1x1 p1x1", 9.279, 11.012)]
    [InlineData("depthwise-k4 n1 ci64 co64 g64 i64x64 k4x4 s2x2 p1x1", 8.520, 0.595)]
    [InlineData("depthwise-k8 n16 ci64 co64 g64 i32x32 k8x8 s4x4 p2x2", 162.097, 17.243)]
    [InlineData("grouped-g8 n4 ci128 co128 g8 i32x32 k4x4 s2x2 p1x1", 2.486, 3.312)]
    [InlineData("dilated-d2 n1 ci64 co64 i64x64 k3x3 s2x2 p2x2 o1x1 d2x2", 1.950, 2.080)]
    [InlineData("hifigan-1 n1 ci512 co256 i128 k16 s8 p4", 2.961, 3.533)]
    [InlineData("hifigan-3 n1 ci128 co64 i8192 k4 s2 p1", 3.106, 3.222)]
    [InlineData("wave-depthwise n16 ci512 co512 g512 i32 k6 s3 p2 o1", 4.800, 0.722)]
    [InlineData("istft n1 ci1026 co1 i224 k1024 s256", 12.111, 2.622)]
    [InlineData("unet3d n1 ci64 co32 i16x32x32 k2x2x2 s2x2x2", 5.014, 7.268)]
    [InlineData("vnet3d-k4 n1 ci32 co32 i8x24x24 k4x4x4 s2x2x2 p1x1x1", 3.595, 5.294)]
    [InlineData("fsrcnn-train-deconv3 n16 ci56 co1 i32x32 k9x9 s3x3 p4x4 o2x2", 2.132, 1.340)]
    [InlineData("fsrcnn-train-3x3 n16 ci12 co12 i32x32 k3x3 s1x1 p1x1", 0.528, 0.448)]
    [InlineData("fsrcnn-train-1x1a n16 ci12 co56 i32x32 k1x1 s1x1", 0.725, 0.311)]
    [InlineData("fsrcnn-train-1x1b n16 ci56 co12 i32x32 k1x1 s1x1", 0.785, 0.471)]
    [InlineData("fsrcnn-train-5x5 n16 ci56 co1 i32x32 k5x5 s1x1 p2x2", 0.970, 0.804)]
    public void The_choice_for_a_weight_gradient_is_within_a_fifth_of_the_fastest_that_was_measured(string problem, double phases, double planes)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var settings = new ComputeSettings { Threads = 1, Width = Upstride.Kernels.SimdWidth.Bits512 };
        string chosen = AlgorithmList.Choose(new(geometry, Pass.WeightGradient, typeof(float), settings)).Name;
        double measured = chosen switch
        {
            "phases" => phases,
            "planes" => planes,
            _ => double.PositiveInfinity,
        };
        Assert.True(measured <= 1.2 * Math.Min(phases, planes), $"{chosen} was chosen, which took {measured} ms; phases {phases}, planes {planes}");
    }
}
