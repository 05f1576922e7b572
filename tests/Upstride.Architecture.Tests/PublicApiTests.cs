using Mono.Cecil;
using Upstride.Testing;

namespace Upstride.Architecture.Tests;

/// <summary>
/// The public surface of each library is a text in PublicApi, and changes only on purpose: run with UPSTRIDE_APPROVE=1 to accept what it is now.
/// </summary>
public class PublicApiTests
{
    public static TheoryData<string> Libraries => [.. Assemblies.All.Where(static one => one.IsLibrary).Select(static one => one.Assembly)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_surface_is_the_approved_one(string assembly)
    {
        using ModuleDefinition module = Assemblies.Read(assembly);
        string received = PublicApi.Render(module);
        string folder = Path.Combine(SharedData.Checkout, "tests", "Upstride.Architecture.Tests", "PublicApi");
        string approvedPath = Path.Combine(folder, assembly + ".txt"), receivedPath = Path.Combine(folder, assembly + ".received.txt");
        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : "";
        if (approved == received)
        {
            File.Delete(receivedPath);
            return;
        }
        Directory.CreateDirectory(folder);
        if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") == "1")
        {
            Write(approvedPath, received);
            File.Delete(receivedPath);
            return;
        }
        Write(receivedPath, received);
        Assert.Fail($"the public surface of {assembly} is not the approved one (accept it with UPSTRIDE_APPROVE=1):\n{Difference(approved, received)}");
    }

    [Fact]
    public void A_difference_names_the_type_and_its_lines() =>
        Assert.Equal(
            "class A\n-     int X { get; }\n+     long X { get; }\n+ class C\n+     C()\n- class B",
            Difference("class A\n    int X { get; }\n    int Y { get; }\n\nclass B\n", "class A\n    long X { get; }\n    int Y { get; }\n\nclass C\n    C()\n"));

    [Fact]
    public void The_text_says_what_a_caller_sees()
    {
        using ModuleDefinition module = Assemblies.Read(typeof(PublicApiTests).Assembly.GetName().Name!);
        string sample = PublicApi.Render(module).Split("\n\n").Single(static block => block.Contains(".ApiSample<T>", StringComparison.Ordinal));
        Assert.Equal(
            """
            abstract class Upstride.Architecture.Tests.ApiSample<T> : IDisposable where T : unmanaged, IComparable<T>
                const int Limit = 3
                protected ApiSample(string? name = null)
                T this[int index] { get; }
                required string?[] Names { get; init; }
                static ApiSample<T>? Shared { get; }
                void Dispose()
                void Each<TItem>(Func<TItem, string?> text, params TItem[] items) where TItem : class, new()
                void Take(in ReadOnlySpan<int> values = default)
                override string ToString()
                abstract bool TryRead(ReadOnlySpan<nint> shape, out (int Head, long? Tail) crop, DayKind kind = DayKind.Late, double scale = 0.5)
                static implicit operator ApiSample<T>?(int value)
            """,
            sample);
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static string Difference(string approved, string received)
    {
        Dictionary<string, string[]> before = Blocks(approved), after = Blocks(received);
        var lines = new List<string>();
        foreach ((string heading, string[] members) in after)
        {
            if (!before.TryGetValue(heading, out string[]? old))
            {
                lines.AddRange([$"+ {heading}", .. members.Select(static line => $"+ {line}")]);
                continue;
            }
            string[] changes = [.. old.Except(members, StringComparer.Ordinal).Select(static line => $"- {line}"), .. members.Except(old, StringComparer.Ordinal).Select(static line => $"+ {line}")];
            if (changes is not []) lines.AddRange([heading, .. changes]);
        }
        lines.AddRange(before.Keys.Except(after.Keys, StringComparer.Ordinal).Select(static heading => $"- {heading}"));
        return string.Join('\n', lines);
    }

    private static Dictionary<string, string[]> Blocks(string text) =>
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(static block => block.TrimEnd('\n').Split('\n')).Where(static lines => lines[0].Length > 0)
            .ToDictionary(static lines => lines[0], static lines => lines[1..], StringComparer.Ordinal);
}
