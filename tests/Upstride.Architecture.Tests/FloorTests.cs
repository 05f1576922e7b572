using Mono.Cecil;

namespace Upstride.Architecture.Tests;

public class FloorTests
{
    public static TheoryData<string> AssemblyNames => [.. Assemblies.All.Select(static one => one.Assembly)];

    [Theory]
    [MemberData(nameof(AssemblyNames))]
    public void A_type_uses_only_floors_beneath_its_own(string assembly)
    {
        using ModuleDefinition module = Assemblies.Read(assembly);
        Assert.Empty(Faults(module, Floors.Upstride));
    }

    [Fact]
    public void An_assembly_references_only_assemblies_beneath_it_and_a_library_no_package_but_tensors_and_its_format()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach ((string project, string assembly, bool isLibrary) in Assemblies.All)
        {
            using ModuleDefinition module = Assemblies.Read(assembly);
            foreach (AssemblyNameReference reference in module.AssemblyReferences)
            {
                if (Assemblies.All.FirstOrDefault(one => one.Assembly == reference.Name) is { Project: { } used })
                    Assert.True(Floors.Upstride.MayUse(TopFloor(project), TopFloor(used)),
                        $"{project} references {used}, which does not stand beneath it");
                else if (isLibrary)
                    Assert.True(IsAllowed(project, reference.Name) || File.Exists(Path.Combine(framework, reference.Name + ".dll")),
                        $"{project} references {reference.Name}: libraries stand on .NET alone");
            }
        }

        // ONNX files are protocol buffers, and told apart by a hash, as changing weights are; picture files are read and written by
        // ImageSharp.
        static bool IsAllowed(string project, string package) => (project, package) is
            (_, "System.Numerics.Tensors") or ("Upstride.Learning" or "Upstride.Onnx", "System.IO.Hashing")
            or ("Upstride.Onnx", "Google.Protobuf") or ("Upstride.Imaging", "SixLabors.ImageSharp");

        // The assembly Upstride holds the floors up to Operators, and its highest is what others see of it.
        static string TopFloor(string project) => project == "Upstride" ? "Operators" : project["Upstride.".Length..];
    }

    [Fact]
    public void Vector_instructions_are_in_Kernels_alone()
    {
        var users = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((_, string assembly, _) in Assemblies.All)
        {
            using ModuleDefinition module = Assemblies.Read(assembly);
            foreach (TypeDefinition type in module.Types.Where(static type => !IsKernel(type)))
            {
                foreach ((string where, TypeReference used) in TypeUses.Of(type))
                    if (IsVector(used)) users.Add($"{type.FullName} uses {used.FullName} in {where}");
            }
        }

        // The filters of PNG rows are a part of the file format.
        Assert.DoesNotContain(users, static user => !user.StartsWith("Upstride.Imaging.Png.PngFilter ", StringComparison.Ordinal));

        static bool IsKernel(TypeDefinition type) =>
            type.Namespace == "Upstride.Kernels" || type.Namespace.StartsWith("Upstride.Kernels.", StringComparison.Ordinal);

        static bool IsVector(TypeReference type) =>
            type.Namespace.StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal)
            || (type.Namespace == "System.Numerics" && type.Name is "Vector" or "Vector`1");
    }

    [Fact]
    public void The_check_sees_bases_fields_signatures_bodies_and_nested_types()
    {
        using ModuleDefinition module = Assemblies.Read(typeof(FloorTests).Assembly.GetName().Name!);
        string[] faults = [.. Faults(module, new Floors("Upstride.Architecture.Tests.House", ["Cellar", "Garage"], ["Attic"]))];
        Assert.Equal(
            [
                "Attic.Lamp in Door.Base.its base", "Attic.Lamp in Door.Body.Switch", "Attic.Lamp in Door.Field._lamps",
                "Attic.Lamp in Door.Generic.Count", "Attic.Lamp in Door.Signature.Take", "Garage.Car in Door.Neighbour.get_Name",
            ],
            faults.Where(static fault => !fault.Contains(".ctor", StringComparison.Ordinal))
                .Select(static fault => fault.Replace("Cellar may not use Upstride.Architecture.Tests.House.", "",
                StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Faults(ModuleDefinition module, Floors floors)
    {
        var faults = new SortedSet<string>(StringComparer.Ordinal);
        foreach (TypeDefinition type in module.Types)
        {
            // Types without a namespace are the compiler's, and a program's Main.
            if (floors.PartOf(type.Namespace) is not { } user) continue;
            if (!floors.Knows(user)) faults.Add($"{type.FullName} stands on no floor");
            foreach ((string where, TypeReference used) in TypeUses.Of(type))
            {
                if (floors.PartOf(used.Namespace) is { } part && !floors.MayUse(user, part))
                    faults.Add($"{user} may not use {used.FullName} in {where}");
            }
        }
        return faults;
    }
}
