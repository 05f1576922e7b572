using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Tests.Algorithms;

/// <summary>The choice between the fast algorithms, held against what the benchmark measured for each on networks' problems.</summary>
public sealed class CostModelTests
{
    // Milliseconds on one thread, 512-bit vectors, the caches emptied between two runs:
    // Upstride.Bench forward --peers none --algorithm winograd, --algorithm phases, and --algorithm taps where it is chosen; input-gradient
    // likewise; each line from one machine.
    [Theory]
    [InlineData(Pass.Forward, "dcgan-1 n16 ci512 co256 i4x4 k4x4 s2x2 p1x1", 2.828, 4.845)]
    [InlineData(Pass.Forward, "dcgan-2 n16 ci256 co128 i8x8 k4x4 s2x2 p1x1", 2.913, 4.8)]
    [InlineData(Pass.Forward, "dcgan-3 n16 ci128 co64 i16x16 k4x4 s2x2 p1x1", 3.148, 5.777)]
    [InlineData(Pass.Forward, "dcgan-4 n16 ci64 co3 i32x32 k4x4 s2x2 p1x1", 2.060, 1.402, 0.955)]
    [InlineData(Pass.Forward, "dcgan-k5 n16 ci256 co128 i16x16 k5x5 s2x2 p2x2 o1x1", 12.446, 33.376)]
    [InlineData(Pass.Forward, "pose-1 n1 ci2048 co256 i8x6 k4x4 s2x2 p1x1", 9.918, 10.430, 4.975)]
    [InlineData(Pass.Forward, "pose-3 n1 ci256 co256 i32x24 k4x4 s2x2 p1x1", 4.397, 7.094)]
    [InlineData(Pass.Forward, "cyclegan-1 n1 ci256 co128 i64x64 k3x3 s2x2 p1x1 o1x1", 8.571, 10.597)]
    [InlineData(Pass.Forward, "cyclegan-2 n1 ci128 co64 i128x128 k3x3 s2x2 p1x1 o1x1", 10.613, 11.528)]
    [InlineData(Pass.Forward, "fsrcnn-x2 n1 ci56 co1 i128x128 k9x9 s2x2 p4x4 o1x1", 1.046, 1.005)]
    [InlineData(Pass.Forward, "fsrcnn-x3 n1 ci56 co1 i128x128 k9x9 s3x3 p4x4 o2x2", 1.151, 0.828)]
    [InlineData(Pass.Forward, "fsrcnn-x4-720p n1 ci56 co1 i180x320 k9x9 s4x4 p4x4 o3x3", 4.607, 3.992)]
    [InlineData(Pass.Forward, "fcn8-2x n1 ci21 co21 i34x34 k4x4 s2x2", 0.158, 0.106)]
    [InlineData(Pass.Forward, "fcn8-8x n1 ci21 co21 i70x70 k16x16 s8x8", 9.186, 6.297)]
    [InlineData(Pass.Forward, "deconvnet-3x3 n1 ci256 co128 i56x56 k3x3 s1x1 p1x1", 3.751, 7.642)]
    [InlineData(Pass.Forward, "depthwise-k4 n1 ci64 co64 g64 i64x64 k4x4 s2x2 p1x1", 0.62, 0.333)]
    [InlineData(Pass.Forward, "grouped-g8 n4 ci128 co128 g8 i32x32 k4x4 s2x2 p1x1", 2.447, 1.604)]
    [InlineData(Pass.Forward, "dilated-d2 n1 ci64 co64 i64x64 k3x3 s2x2 p2x2 o1x1 d2x2", 1.786, 1.499)]
    [InlineData(Pass.Forward, "hifigan-1 n1 ci512 co256 i128 k16 s8 p4", 1.831, 2.196)]
    [InlineData(Pass.Forward, "hifigan-3 n1 ci128 co64 i8192 k4 s2 p1", 1.953, 2.577)]
    [InlineData(Pass.Forward, "istft n1 ci1026 co1 i224 k1024 s256", 1.437, 2.274)]
    [InlineData(Pass.Forward, "vnet3d-k4 n1 ci32 co32 i8x24x24 k4x4x4 s2x2x2 p1x1x1", 2.792, 2.787)]
    [InlineData(Pass.Forward, "unet-k7-in n1 ci4 co32 i224x224 k7x7 s1x1 p3x3", 1.535, 2.423)]
    [InlineData(Pass.Forward, "unet-k7 n1 ci32 co32 i224x224 k7x7 s1x1 p3x3", 7.387, 19.442)]
    [InlineData(Pass.Forward, "cyclegan-head n1 ci64 co3 i256x256 k7x7 s1x1 p3x3", 5.348, 9.656)]
    [InlineData(Pass.Forward, "cyclegan-stem n1 ci3 co64 i256x256 k7x7 s1x1 p3x3", 3.139, 4.783)]
    [InlineData(Pass.Forward, "style-k9 n1 ci32 co3 i256x256 k9x9 s1x1 p4x4", 3.116, 5.284)]
    [InlineData(Pass.Forward, "conv9-64 n1 ci64 co64 i56x56 k9x9 s1x1 p4x4", 2.189, 8.888)]
    [InlineData(Pass.Forward, "deconv-k16 n1 ci64 co32 i64x64 k16x16 s2x2 p7x7", 5.378, 16.207)]
    [InlineData(Pass.Forward, "hifigan-k11 n1 ci256 co256 i2048 k11 s1 p5", 5.73, 11.46)]
    [InlineData(Pass.Forward, "hifigan-k7 n1 ci256 co256 i2048 k7 s1 p3", 3.921, 7.227)]
    [InlineData(Pass.Forward, "srcnn-k9 n1 ci1 co64 i128x128 k9x9 s1x1 p4x4", 0.647, 0.639)]
    [InlineData(Pass.Forward, "depthwise-k7 n1 ci96 co96 g96 i56x56 k7x7 s1x1 p3x3", 0.575, 0.477)]
    [InlineData(Pass.Forward, "depthwise-k31 n1 ci128 co128 g128 i32x32 k31x31 s1x1 p15x15", 1.511, 2.305)]
    [InlineData(Pass.Forward, "conv3d-k7 n1 ci16 co16 i24x24x24 k7x7x7 s1x1x1 p3x3x3", 3.756, 11.935)]
    [InlineData(Pass.Forward, "dilated-k7 n1 ci32 co32 i64x64 k7x7 s1x1 p6x6 d2x2", 1.556, 1.559)]
    [InlineData(Pass.InputGradient, "dcgan-1 n16 ci512 co256 i4x4 k4x4 s2x2 p1x1", 2.878, 5.373)]
    [InlineData(Pass.InputGradient, "dcgan-2 n16 ci256 co128 i8x8 k4x4 s2x2 p1x1", 2.47, 4.789)]
    [InlineData(Pass.InputGradient, "dcgan-3 n16 ci128 co64 i16x16 k4x4 s2x2 p1x1", 2.902, 5.743)]
    [InlineData(Pass.InputGradient, "dcgan-4 n16 ci64 co3 i32x32 k4x4 s2x2 p1x1", 0.644, 0.507)]
    [InlineData(Pass.InputGradient, "dcgan-k5 n16 ci256 co128 i16x16 k5x5 s2x2 p2x2 o1x1", 12.034, 32.863)]
    [InlineData(Pass.InputGradient, "pose-1 n1 ci2048 co256 i8x6 k4x4 s2x2 p1x1", 4.037, 4.0)]
    [InlineData(Pass.InputGradient, "pose-3 n1 ci256 co256 i32x24 k4x4 s2x2 p1x1", 7.369, 7.904)]
    [InlineData(Pass.InputGradient, "cyclegan-1 n1 ci256 co128 i64x64 k3x3 s2x2 p1x1 o1x1", 8.18, 10.129)]
    [InlineData(Pass.InputGradient, "cyclegan-2 n1 ci128 co64 i128x128 k3x3 s2x2 p1x1 o1x1", 9.475, 10.873)]
    [InlineData(Pass.InputGradient, "fsrcnn-x2 n1 ci56 co1 i128x128 k9x9 s2x2 p4x4 o1x1", 0.597, 0.577)]
    [InlineData(Pass.InputGradient, "fsrcnn-x3 n1 ci56 co1 i128x128 k9x9 s3x3 p4x4 o2x2", 0.634, 0.609)]
    [InlineData(Pass.InputGradient, "fsrcnn-x4-720p n1 ci56 co1 i180x320 k9x9 s4x4 p4x4 o3x3", 3.012, 2.228)]
    [InlineData(Pass.InputGradient, "fcn8-2x n1 ci21 co21 i34x34 k4x4 s2x2", 0.198, 0.115)]
    [InlineData(Pass.InputGradient, "fcn8-8x n1 ci21 co21 i70x70 k16x16 s8x8", 10.714, 12.536, double.PositiveInfinity, 8.842)]
    [InlineData(Pass.InputGradient, "fcn32 n1 ci21 co21 i16x16 k64x64 s32x32", double.PositiveInfinity, 22.000, double.PositiveInfinity,
        6.978)]
    [InlineData(Pass.InputGradient, "deconvnet-3x3 n1 ci256 co128 i56x56 k3x3 s1x1 p1x1", 3.322, 7.729)]
    [InlineData(Pass.InputGradient, "depthwise-k4 n1 ci64 co64 g64 i64x64 k4x4 s2x2 p1x1", 0.535, 0.383)]
    [InlineData(Pass.InputGradient, "grouped-g8 n4 ci128 co128 g8 i32x32 k4x4 s2x2 p1x1", 1.833, 1.676)]
    [InlineData(Pass.InputGradient, "dilated-d2 n1 ci64 co64 i64x64 k3x3 s2x2 p2x2 o1x1 d2x2", 1.46, 1.463)]
    [InlineData(Pass.InputGradient, "hifigan-1 n1 ci512 co256 i128 k16 s8 p4", 1.83, 2.616)]
    [InlineData(Pass.InputGradient, "hifigan-3 n1 ci128 co64 i8192 k4 s2 p1", 2.126, 2.287)]
    [InlineData(Pass.InputGradient, "istft n1 ci1026 co1 i224 k1024 s256", 1.271, 1.857)]
    [InlineData(Pass.InputGradient, "vnet3d-k4 n1 ci32 co32 i8x24x24 k4x4x4 s2x2x2 p1x1x1", 4.139, 3.614)]
    [InlineData(Pass.InputGradient, "unet-k7-in n1 ci4 co32 i224x224 k7x7 s1x1 p3x3", 2.101, 2.826)]
    [InlineData(Pass.InputGradient, "unet-k7 n1 ci32 co32 i224x224 k7x7 s1x1 p3x3", 7.431, 19.613)]
    [InlineData(Pass.InputGradient, "cyclegan-head n1 ci64 co3 i256x256 k7x7 s1x1 p3x3", 3.096, 4.763)]
    [InlineData(Pass.InputGradient, "cyclegan-stem n1 ci3 co64 i256x256 k7x7 s1x1 p3x3", 5.39, 9.602)]
    [InlineData(Pass.InputGradient, "style-k9 n1 ci32 co3 i256x256 k9x9 s1x1 p4x4", 2.013, 3.867)]
    [InlineData(Pass.InputGradient, "conv9-64 n1 ci64 co64 i56x56 k9x9 s1x1 p4x4", 2.222, 8.907)]
    [InlineData(Pass.InputGradient, "deconv-k16 n1 ci64 co32 i64x64 k16x16 s2x2 p7x7", 5.625, 16.57)]
    [InlineData(Pass.InputGradient, "hifigan-k11 n1 ci256 co256 i2048 k11 s1 p5", 5.651, 11.383)]
    [InlineData(Pass.InputGradient, "hifigan-k7 n1 ci256 co256 i2048 k7 s1 p3", 3.834, 7.266)]
    [InlineData(Pass.InputGradient, "srcnn-k9 n1 ci1 co64 i128x128 k9x9 s1x1 p4x4", 1.539, 2.124)]
    [InlineData(Pass.InputGradient, "depthwise-k7 n1 ci96 co96 g96 i56x56 k7x7 s1x1 p3x3", 0.557, 0.474)]
    [InlineData(Pass.InputGradient, "depthwise-k31 n1 ci128 co128 g128 i32x32 k31x31 s1x1 p15x15", 1.489, 2.309)]
    [InlineData(Pass.InputGradient, "conv3d-k7 n1 ci16 co16 i24x24x24 k7x7x7 s1x1x1 p3x3x3", 3.6, 11.983)]
    [InlineData(Pass.InputGradient, "dilated-k7 n1 ci32 co32 i64x64 k7x7 s1x1 p6x6 d2x2", 1.516, 1.562)]
    public void The_choice_is_within_a_fifth_of_the_fastest_that_was_measured(Pass pass, string problem, double winograd, double phases,
        double taps = double.PositiveInfinity, double windows = double.PositiveInfinity)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var settings = new ComputeSettings { Threads = 1, Width = Upstride.Kernels.SimdWidth.Bits512 };
        string chosen = AlgorithmTable.Choose(new(geometry, pass, typeof(float), settings)).Name;
        double measured = chosen switch
        {
            "winograd" => winograd,
            "phases" => phases,
            "taps" => taps,
            "windows" => windows,
            _ => double.PositiveInfinity,
        };
        Assert.True(measured <= 1.2 * new[] { winograd, phases, taps, windows }.Min(),
            $"{chosen} was chosen, which took {measured} ms; winograd {winograd}, phases {phases}, taps {taps}, windows {windows}");
    }

    // Milliseconds on one thread, 512-bit vectors, the caches emptied between two runs:
    // Upstride.Bench weight-gradient --peers none --algorithm phases, planes, and rows and strips where they are chosen; each line from one
    // machine.
    [Theory]
    [InlineData("dcgan-1 n16 ci512 co256 i4x4 k4x4 s2x2 p1x1", 6.858, 16.041)]
    [InlineData("dcgan-2 n16 ci256 co128 i8x8 k4x4 s2x2 p1x1", 5.909, 10.790)]
    [InlineData("dcgan-3 n16 ci128 co64 i16x16 k4x4 s2x2 p1x1", 5.785, 8.746)]
    [InlineData("dcgan-4 n16 ci64 co3 i32x32 k4x4 s2x2 p1x1", 4.324, 1.348)]
    [InlineData("dcgan-k5 n16 ci256 co128 i16x16 k5x5 s2x2 p2x2 o1x1", 36.849, 44.199)]
    [InlineData("pose-1 n1 ci2048 co256 i8x6 k4x4 s2x2 p1x1", 9.993, 17.843, 29.321, 9.793)]
    [InlineData("pose-3 n1 ci256 co256 i32x24 k4x4 s2x2 p1x1", 8.438, 9.300)]
    [InlineData("unet-2 n1 ci512 co256 i32x32 k2x2 s2x2", 6.996, 8.278)]
    [InlineData("unet-4 n1 ci128 co64 i128x128 k2x2 s2x2", 7.639, 10.423)]
    [InlineData("cyclegan-1 n1 ci256 co128 i64x64 k3x3 s2x2 p1x1 o1x1", 14.275, 16.630)]
    [InlineData("cyclegan-2 n1 ci128 co64 i128x128 k3x3 s2x2 p1x1 o1x1", 14.019, 18.332)]
    [InlineData("fsrcnn-x2 n1 ci56 co1 i128x128 k9x9 s2x2 p4x4 o1x1", 1.992, 1.138)]
    [InlineData("fsrcnn-x3 n1 ci56 co1 i128x128 k9x9 s3x3 p4x4 o2x2", 2.106, 1.195)]
    [InlineData("fsrcnn-x4-720p n1 ci56 co1 i180x320 k9x9 s4x4 p4x4 o3x3", 7.578, 4.403)]
    [InlineData("fcn8-2x n1 ci21 co21 i34x34 k4x4 s2x2", 0.222, 0.207)]
    [InlineData("fcn8-8x n1 ci21 co21 i70x70 k16x16 s8x8", 32.034, 15.195, 11.176)]
    [InlineData("fcn32 n1 ci21 co21 i16x16 k64x64 s32x32", 46.864, 25.382, 10.160)]
    [InlineData("deconvnet-3x3 n1 ci256 co128 i56x56 k3x3 s1x1 p1x1", 9.279, 11.012)]
    [InlineData("depthwise-k4 n1 ci64 co64 g64 i64x64 k4x4 s2x2 p1x1", 8.520, 0.595)]
    [InlineData("depthwise-k8 n16 ci64 co64 g64 i32x32 k8x8 s4x4 p2x2", 162.097, 17.243)]
    [InlineData("grouped-g8 n4 ci128 co128 g8 i32x32 k4x4 s2x2 p1x1", 2.486, 3.312)]
    [InlineData("dilated-d2 n1 ci64 co64 i64x64 k3x3 s2x2 p2x2 o1x1 d2x2", 1.950, 2.080)]
    [InlineData("hifigan-1 n1 ci512 co256 i128 k16 s8 p4", 4.161, 6.237, 4.392, 3.492)]
    [InlineData("hifigan-3 n1 ci128 co64 i8192 k4 s2 p1", 3.106, 3.222)]
    [InlineData("wave-depthwise n16 ci512 co512 g512 i32 k6 s3 p2 o1", 4.800, 0.722)]
    [InlineData("istft n1 ci1026 co1 i224 k1024 s256", 12.245, 4.714, 3.481)]
    [InlineData("unet3d n1 ci64 co32 i16x32x32 k2x2x2 s2x2x2", 5.014, 7.268)]
    [InlineData("vnet3d-k4 n1 ci32 co32 i8x24x24 k4x4x4 s2x2x2 p1x1x1", 3.595, 5.294)]
    [InlineData("fsrcnn-train-deconv3 n16 ci56 co1 i32x32 k9x9 s3x3 p4x4 o2x2", 2.132, 1.340)]
    [InlineData("fsrcnn-train-3x3 n16 ci12 co12 i32x32 k3x3 s1x1 p1x1", 0.528, 0.448)]
    [InlineData("fsrcnn-train-1x1a n16 ci12 co56 i32x32 k1x1 s1x1", 0.725, 0.311)]
    [InlineData("fsrcnn-train-1x1b n16 ci56 co12 i32x32 k1x1 s1x1", 0.785, 0.471)]
    [InlineData("fsrcnn-train-5x5 n16 ci56 co1 i32x32 k5x5 s1x1 p2x2", 0.970, 0.804)]
    public void The_choice_for_a_weight_gradient_is_within_a_fifth_of_the_fastest_that_was_measured(string problem, double phases,
        double planes, double rows = double.PositiveInfinity, double strips = double.PositiveInfinity)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var settings = new ComputeSettings { Threads = 1, Width = Upstride.Kernels.SimdWidth.Bits512 };
        string chosen = AlgorithmTable.Choose(new(geometry, Pass.WeightGradient, typeof(float), settings)).Name;
        double measured = chosen switch
        {
            "phases" => phases,
            "planes" => planes,
            "rows" => rows,
            "strips" => strips,
            _ => double.PositiveInfinity,
        };
        Assert.True(measured <= 1.2 * new[] { phases, planes, rows, strips }.Min(),
            $"{chosen} was chosen, which took {measured} ms; phases {phases}, planes {planes}, rows {rows}, strips {strips}");
    }
}
