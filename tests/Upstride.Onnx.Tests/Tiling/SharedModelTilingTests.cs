using Upstride.Testing;

namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Networks of other people, for pictures of their own size and of others.</summary>
public class SharedModelTilingTests
{
    [Theory]
    [InlineData("real/acnet_hdn0.onnx", 61, 83, 48)]
    [InlineData("real/arnet_b16_hdn.onnx", 61, 83, 64)]
    [InlineData("real/pytorch-super_resolution.onnx", 51, 70, 64)]
    [InlineData("real/pytorch-super_resolution.onnx", 224, 224, 300)]
    [InlineData("real/waifu2x-upconv7.onnx", 77, 90, 50)]
    [InlineData("real/waifu2x-upconv7.onnx", 156, 156, 130)]
    [InlineData("real/sci_medium_512.onnx", 75, 130, 48)]
    [InlineData("unet-cloud/unet.onnx", 224, 224, 96)]
    [InlineData("real/sedgen-unet.onnx", 224, 224, 96)]
    public void Tiles_have_the_bits_of_the_whole_picture(string file, int height, int width, int tile)
    {
        var model = OnnxModel.Load(SharedData.Path(["models", .. file.Split('/')]));
        TilingAssert.SameBits(model, height, width, new(), tile);
    }
}
