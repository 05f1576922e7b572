using Upstride.Files;
using Upstride.Onnx;
using Upstride.Onnx.Tests;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>.npy files of every element type into a model and out of it.</summary>
public sealed class ElementTypeTests
{
    public static TheoryData<OnnxElementType, Array, string> Types => new()
    {
        { OnnxElementType.Float16, new[] { (Half)1.5f, Half.MaxValue }, "float16" },
        { OnnxElementType.Float32, new[] { 1.5f, float.MaxValue }, "float32" },
        { OnnxElementType.Float64, new[] { 1.5, -2 }, "float64" },
        { OnnxElementType.Int8, new sbyte[] { -128, 127 }, "int8" },
        { OnnxElementType.UInt8, new byte[] { 0, 255 }, "uint8" },
        { OnnxElementType.Int16, new short[] { -32768, 7 }, "int16" },
        { OnnxElementType.UInt16, new ushort[] { 65535, 7 }, "uint16" },
        { OnnxElementType.Int32, new[] { int.MinValue, 7 }, "int32" },
        { OnnxElementType.UInt32, new uint[] { uint.MaxValue, 7 }, "uint32" },
        { OnnxElementType.Int64, new[] { long.MinValue, 7 }, "int64" },
        { OnnxElementType.UInt64, new ulong[] { long.MaxValue, 7 }, "uint64" },
        { OnnxElementType.Boolean, new[] { true, false }, "bool" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void An_array_goes_through_a_model_in_its_own_type(OnnxElementType type, Array elements, string name)
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", type, "2").Node("Identity", "x", "y").Output("y", type).Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("x.npy"), new([2], elements));
        Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.npy"), "-o", folder.File("y.npy")).Text();
        NpyArray y = NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken);
        Assert.Equal(name, y.ElementType);
        Assert.Equal(elements, y.Elements);
    }

    [Fact]
    public void Three_hundred_times_three_hundred_in_half_precision_is_written_as_an_infinite_half()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder(11).Input("x", OnnxElementType.Float16, "1", "1", "1").Half("w", [1, 1, 1], 300).Node("ConvTranspose", "x w", "y").Output("y", OnnxElementType.Float16).Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 1], new[] { (Half)300 }));
        Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.npy"), "-o", folder.File("y.npy")).Text();
        Assert.Equal(new[] { Half.PositiveInfinity }, NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken).Elements);
    }

    [Fact]
    public void Bfloat16_which_numpy_has_not_is_written_as_float32()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", OnnxElementType.BFloat16, "1").Node("Identity", "x", "y").Output("y", OnnxElementType.BFloat16).Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("x.npy"), new([1], new[] { 257f }));
        Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.npy"), "-o", folder.File("y.npy")).Text();
        Assert.Equal(new[] { 256f }, NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken).Elements);
    }

    [Fact]
    public void An_integer_outside_the_models_type_is_refused()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", OnnxElementType.UInt8, "2").Node("Identity", "x", "y").Output("y", OnnxElementType.UInt8).Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("x.npy"), new([2], new[] { 7, 300 }));
        ToolResult result = Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.npy"), "-o", folder.File("y.npy"));
        Assert.Equal(2, result.Code);
        Assert.Contains("holds int32 [2], and the model needs x: uint8 [2]: element 1 = 300 is outside uint8, which holds 0 .. 255", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    [Fact]
    public void A_default_of_the_model_is_replaced_by_name()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder(8).Input("x", "1", "1", "3").Input("w", "1", "1", "3").Floats("w", [1, 1, 3], 1, 1, 1).Node("ConvTranspose", "x w", "y", ("strides", new long[] { 2 })).Output("y").Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 3], new[] { 1f, 2, 3 }));
        NpyFile.Write(folder.File("w.npy"), new([1, 1, 3], new[] { 1f, 10, 100 }));
        float[] Run(params string[] more)
        {
            Tool.Run(["run", folder.File("m.onnx"), "-i", folder.File("x.npy"), "-o", folder.File("y.npy"), .. more]).Text();
            return (float[])NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken).Elements;
        }
        Assert.Equal([1, 1, 3, 2, 5, 3, 3], Run());
        Assert.Equal([1, 10, 102, 20, 203, 30, 300], Run("-i", "w=" + folder.File("w.npy")));
        Assert.Contains("input   w: float32 [1, 1, 3], optional", Tool.Run("inspect", folder.File("m.onnx")).Text(), StringComparison.Ordinal);
        Assert.Equal("w: float32 [1, 1, 3]", Tool.Run("inspect", folder.File("m.onnx"), "--json").Json().GetProperty("optionalInputs")[0].GetString());
    }
}
