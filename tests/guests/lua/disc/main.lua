-- SPDX-License-Identifier: BSD-3-Clause
-- What the title runs. Prints nothing that depends on addresses, hash order or the time, so that a Lua on any machine prints
-- the same.
print(_VERSION)
local failures = 0

local function section(name)
    print("== " .. name)
end

local function check(name, condition)
    if not condition then
        failures = failures + 1
        print("WRONG: " .. name)
    end
end

for _, file in ipairs { "strings", "tables", "closures", "coroutines", "numbers", "errors", "files", "meta", "work" } do
    section(file)
    assert(loadfile(file .. ".lua"))(check)
end

print(string.format("%d failures", failures))
os.exit(failures == 0 and 0 or 1)
