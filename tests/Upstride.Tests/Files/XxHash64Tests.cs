using System.Text;
using Upstride.Files;

namespace Upstride.Tests.Files;

/// <summary>Values that are published, and both ways to give the bytes.</summary>
public class XxHash64Tests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Texts_have_their_published_hashes(string text, ulong hash) =>
        Assert.Equal(hash, XxHash64.Of(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_stream_has_the_hash_of_its_bytes_and_every_bit_counts()
    {
        byte[] bytes = new byte[(2 * 65536) + 41];
        new Random(1).NextBytes(bytes);
        foreach (int length in (int[])[0, 1, 7, 8, 31, 32, 33, 65535, 65536, 65537, bytes.Length])
        {
            ulong hash = XxHash64.Of(bytes.AsSpan(0, length));
            Assert.Equal(hash, XxHash64.Of(new MemoryStream(bytes, 0, length)));
            if (length == 0) continue;
            bytes[length / 2] ^= 1;
            Assert.NotEqual(hash, XxHash64.Of(bytes.AsSpan(0, length)));
            bytes[length / 2] ^= 1;
        }
    }
}
